import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, cacheKey } from '../cache/store.ts';
import { runOrFail } from '../run.ts';

export const PAUSE_IMAGE = 'registry.plane.test/pause:1';
/** busybox under the names that workloads use; nothing else can be pulled. */
export const IMAGES = [
  'registry.plane.test/shop/app:1.0',
  'registry.plane.test/shop/app:1.1',
  'registry.plane.test/busybox:1',
];

const PAUSE = ['/bin/sh', '-c', 'trap "exit 0" TERM INT; while :; do sleep 3600 & wait $!; done'];

/**
 * A tar file with the images, made by hand since no registry can be reached: an OCI image layout
 * (github.com/opencontainers/image-spec, image-layout.md) around one layer, Debian's static busybox.
 */
export async function imageArchive(busybox: string): Promise<string> {
  const directory = await cached(
    `images-${cacheKey(busybox, PAUSE_IMAGE, ...IMAGES, ...PAUSE)}`,
    async partial => {
      const layout = join(partial, 'layout');
      await mkdir(join(layout, 'blobs/sha256'), { recursive: true });
      const layer = await busyboxLayer(partial, busybox);
      const blob = async (bytes: Buffer) => {
        const digest = createHash('sha256').update(bytes).digest('hex');
        await writeFile(join(layout, 'blobs/sha256', digest), bytes);
        return { digest: `sha256:${digest}`, size: bytes.length };
      };
      const layerBlob = { mediaType: 'application/vnd.oci.image.layer.v1.tar', ...(await blob(layer)) };
      const manifests: object[] = [];
      for (const name of [PAUSE_IMAGE, ...IMAGES]) {
        const entrypoint = name === PAUSE_IMAGE ? PAUSE : undefined;
        const config = await blob(encode(imageConfig(name, layerBlob.digest, entrypoint)));
        const manifest = await blob(
          encode({
            schemaVersion: 2,
            mediaType: 'application/vnd.oci.image.manifest.v1+json',
            config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
            layers: [layerBlob],
          }),
        );
        manifests.push({
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          ...manifest,
          annotations: { 'io.containerd.image.name': name },
        });
      }
      await writeFile(join(layout, 'oci-layout'), encode({ imageLayoutVersion: '1.0.0' }));
      await writeFile(join(layout, 'index.json'), encode({ schemaVersion: 2, manifests }));
      await runOrFail('tar', [
        '-C',
        layout,
        '-cf',
        join(partial, 'images.tar'),
        'oci-layout',
        'index.json',
        'blobs',
      ]);
    },
  );
  return join(directory, 'images.tar');
}

async function busyboxLayer(directory: string, busybox: string): Promise<Buffer> {
  const root = join(directory, 'root');
  await mkdir(join(root, 'bin'), { recursive: true });
  await mkdir(join(root, 'tmp'));
  await mkdir(join(root, 'etc'));
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n');
  await copyFile(busybox, join(root, 'bin/busybox'));
  const { stdout } = await runOrFail(busybox, ['--list']);
  for (const applet of stdout.trim().split('\n')) {
    if (applet !== 'busybox') await symlink('busybox', join(root, 'bin', applet));
  }
  await runOrFail('tar', ['-C', root, '--owner=0', '--group=0', '-cf', join(directory, 'layer.tar'), '.']);
  return readFile(join(directory, 'layer.tar'));
}

function imageConfig(name: string, layer: string, entrypoint: string[] | undefined): object {
  return {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/bin'], Labels: { name }, Cmd: ['/bin/sh'], Entrypoint: entrypoint },
    rootfs: { type: 'layers', diff_ids: [layer] },
  };
}

function encode(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

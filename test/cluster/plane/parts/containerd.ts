import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodePrograms } from '../cache/node-programs.ts';
import type { Cell } from '../cell/cell.ts';
import { waitFor } from '../wait.ts';
import { PAUSE_IMAGE } from './images.ts';

export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';

/** Starts containerd in the cell and imports the images. */
export async function startContainerd(cell: Cell, programs: NodePrograms, images: string): Promise<void> {
  const network = join(cell.directory, 'cni');
  await mkdir(network);
  await writeFile(join(network, '10-plane.conflist'), JSON.stringify(networkConfig()));
  const config = join(cell.directory, 'containerd.toml');
  await writeFile(config, containerdConfig(programs, network));
  cell.start('containerd', programs.containerd, ['--config', config], programs.env);
  await waitFor(
    'containerd to import the images',
    async () => {
      const result = await cell.run(programs.ctr, ['--namespace', 'k8s.io', 'images', 'import', images]);
      if (result.code !== 0) throw new Error(result.stderr.trim());
      return true;
    },
    { timeoutMs: 60_000, everyMs: 300, check: () => cell.assertRunning() },
  );
}

/** Pods get addresses on a bridge that exists in the cell only; there is nothing beyond it. */
function networkConfig(): object {
  return {
    cniVersion: '0.4.0',
    name: 'plane',
    plugins: [
      {
        type: 'bridge',
        bridge: 'plane0',
        isGateway: true,
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: '/var/lib/plane/cni',
          ranges: [[{ subnet: '10.88.0.0/16' }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
}

function containerdConfig(programs: NodePrograms, network: string): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
]
[grpc]
  address = "${CONTAINERD_SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  # Without CAP_SYS_RESOURCE no process may lower its OOM score.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "${programs.runc}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${programs.cniPlugins}"
    conf_dir = "${network}"
`;
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '../progress.ts';
import { debianPackages } from './debian-packages.ts';
import { metricsServer } from './go-programs.ts';

const PACKAGES = ['containerd', 'runc', 'libseccomp2', 'containernetworking-plugins', 'busybox-static'];

/** What a real node comes with beside the kubelet, as absolute paths. */
export interface NodePrograms {
  containerd: string;
  ctr: string;
  runc: string;
  busybox: string;
  cniPlugins: string;
  metricsServer: string;
  /** Environment in which containerd finds its shim, and runc its library. */
  env: Record<string, string>;
}

export async function nodePrograms(progress: Progress): Promise<NodePrograms> {
  const root = await debianPackages(PACKAGES, progress);
  const bin = join(root, 'usr/bin');
  const libraries = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const programs = {
    containerd: join(bin, 'containerd'),
    ctr: join(bin, 'ctr'),
    runc: join(root, 'usr/sbin/runc'),
    busybox: join(root, 'bin/busybox'),
    cniPlugins: join(root, 'usr/lib/cni'),
    metricsServer: await metricsServer(progress),
  };
  for (const path of Object.values(programs)) {
    if (!existsSync(path))
      throw new Error(`${path} is missing, which ${PACKAGES.join(', ')} should have brought.`);
  }
  const env = {
    PATH: `${bin}:${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
    LD_LIBRARY_PATH: join(root, 'usr/lib', libraries),
  };
  return { ...programs, env };
}

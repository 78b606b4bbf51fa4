import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../progress.ts';
import { goBuild, moduleSource, requiredVersion } from './go-build.ts';

/** etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubelet and kwok, with kwok's stages beside them. */
export interface GoPrograms {
  directory: string;
  /** Version of k8s.io/kubernetes, such as `v1.36.3`. */
  kubernetes: string;
  /** kwok's own rules for nodes and pods, as one YAML file. */
  kwokStages: string;
}

export async function goPrograms(progress: Progress): Promise<GoPrograms> {
  const kubernetes = await requiredVersion('kubernetes', 'k8s.io/kubernetes');
  const directory = await goBuild(
    {
      module: 'kubernetes',
      what: `Kubernetes ${kubernetes}, etcd and kwok`,
      linkerFlags: versionFlags(kubernetes),
      finish: async built => {
        // Go names it after its folder. Debian 12's etcd 3.4 cannot stream lists to the clients of Kubernetes 1.36.
        await rename(join(built, 'server'), join(built, 'etcd'));
        await writeFile(join(built, 'kwok-stages.yaml'), await readStages());
      },
    },
    progress,
  );
  return { directory, kubernetes, kwokStages: join(directory, 'kwok-stages.yaml') };
}

/** Path of the metrics server, which answers `kubectl top` from what the kubelet measures. */
export async function metricsServer(progress: Progress): Promise<string> {
  const directory = await goBuild({ module: 'metrics-server', what: 'the metrics server' }, progress);
  return join(directory, 'metrics-server');
}

/** Without these the API server calls itself v0.0.0, which clients and the kubelet refuse. */
function versionFlags(version: string): string[] {
  const [major, minor] = version.slice(1).split('.');
  const fields = { gitVersion: version, gitMajor: major, gitMinor: minor };
  return Object.entries(fields).map(([field, value]) => `-X k8s.io/component-base/version.${field}=${value}`);
}

/** kwok ships its default behaviour as kustomize bases; the binary alone does nothing. */
async function readStages(): Promise<string> {
  const source = await moduleSource('kubernetes', 'sigs.k8s.io/kwok');
  const stages: string[] = [];
  for (const folder of ['node/fast', 'node/heartbeat-with-lease', 'pod/fast']) {
    const directory = join(source, 'kustomize/stage', folder);
    for (const file of await readdir(directory)) {
      if (!file.endsWith('.yaml') || file === 'kustomization.yaml') continue;
      stages.push(await readFile(join(directory, file), 'utf8'));
    }
  }
  return stages.join('\n---\n');
}

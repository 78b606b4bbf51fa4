import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clients } from './cache/clients.ts';
import { type GoPrograms, goPrograms } from './cache/go-programs.ts';
import { type NodePrograms, nodePrograms } from './cache/node-programs.ts';
import { Cell } from './cell/cell.ts';
import { removeCgroups } from './cell/cgroups.ts';
import type { Ground } from './cell/ground.ts';
import { HostGround } from './cell/host.ts';
import { baseObjects } from './parts/base-objects.ts';
import { startContainerd } from './parts/containerd.ts';
import { startControlPlane } from './parts/control-plane.ts';
import { imageArchive } from './parts/images.ts';
import { apply, type Kubectl, kubectlFor } from './parts/kubectl.ts';
import { startKubelet } from './parts/kubelet.ts';
import { addKwokNodes, startKwok } from './parts/kwok.ts';
import { startMetricsServer } from './parts/metrics-server.ts';
import { createPki } from './parts/pki.ts';
import { createTokens, type Users, writeUsers } from './parts/users.ts';
import type { Progress } from './progress.ts';
import { assertPossible } from './requirements.ts';

export interface PlaneOptions {
  /** A real node `node-1`, whose containers really run and crash. Needs root. */
  kubelet: boolean;
  /** Nodes whose pods only seem to run; default 1. */
  kwokNodes?: number;
  progress: Progress;
}

export interface Plane {
  url: string;
  /** Version of Kubernetes, such as `v1.36.3`. */
  version: string;
  users: Users;
  /** Absolute paths of the real clients. */
  binaries: { kubectl: string; helm: string };
  /** Logs of the plane's own programs. */
  logs: string;
  /** kubectl as the administrator. */
  kubectl: Kubectl;
  stop(): Promise<void>;
}

/** Brings up a control plane, and nodes, from programs in the cache, which it fills first if need be. */
export async function startPlane(options: PlaneOptions): Promise<Plane> {
  const { progress } = options;
  assertPossible(options.kubelet);
  const go = await goPrograms(progress);
  const binaries = await clients(progress);
  const node = options.kubelet ? await nodePrograms(progress) : undefined;
  await sweep();
  const directory = await mkdtemp(join(tmpdir(), `kv-plane-${process.pid}-`));
  let ground: Ground | undefined;
  try {
    ground = options.kubelet ? await Cell.open(directory) : new HostGround(directory);
    return await populate(ground, { go, binaries, node }, options);
  } catch (error) {
    await ground?.close();
    throw error;
  }
}

interface Programs {
  go: GoPrograms;
  binaries: Plane['binaries'];
  node?: NodePrograms;
}

async function populate(ground: Ground, programs: Programs, options: PlaneOptions): Promise<Plane> {
  const { progress } = options;
  const pki = await createPki(join(ground.directory, 'pki'));
  const tokens = await createTokens(ground.directory);
  progress('starting etcd and the control plane');
  const { url, admin } = await startControlPlane(ground, programs.go, pki, tokens.file);
  const users = await writeUsers(ground.directory, url, admin, pki, tokens);
  const kubectl = kubectlFor(programs.binaries.kubectl, admin, ground.directory);
  await apply(kubectl, baseObjects());
  await startKwok(ground, programs.go, pki, admin);
  await addKwokNodes(kubectl, ground, options.kwokNodes ?? 1);
  if (ground instanceof Cell && programs.node) {
    progress('starting containerd and the kubelet');
    await startContainerd(ground, programs.node, await imageArchive(programs.node.busybox));
    await startKubelet(ground, programs.go, pki, url, kubectl);
    progress('starting the metrics server');
    await startMetricsServer(ground, programs.node.metricsServer, pki, admin, kubectl);
  }
  progress(`ready: Kubernetes ${programs.go.kubernetes} at ${url}`);
  return {
    url,
    version: programs.go.kubernetes,
    users,
    binaries: programs.binaries,
    logs: join(ground.directory, 'logs'),
    kubectl,
    stop: () => ground.close(),
  };
}

/** Removes what planes left behind whose process was killed before it could. */
async function sweep(): Promise<void> {
  for (const entry of await readdir(tmpdir())) {
    const pid = /^kv-plane-(\d+)-/.exec(entry)?.[1];
    if (!pid || existsSync(`/proc/${pid}`)) continue;
    if (process.getuid?.() === 0) await removeCgroups(`kv-plane-${pid}`);
    await rm(join(tmpdir(), entry), { recursive: true, force: true });
  }
}

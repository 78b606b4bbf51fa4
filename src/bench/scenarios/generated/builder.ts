import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { Random } from './random.ts';

type Obj = Record<string, unknown> & {
  kind: string;
  apiVersion: string;
  metadata: Record<string, unknown> & { name: string; namespace?: string };
};

/** Where each kind's list lives in the support-bundle layout. */
const FOLDERS: Record<string, string> = {
  Pod: 'pods',
  Deployment: 'deployments',
  ReplicaSet: 'replicasets',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
  Job: 'jobs',
  CronJob: 'cronjobs',
  Service: 'services',
  EndpointSlice: 'endpointslices',
  Endpoints: 'endpoints',
  Event: 'events',
  ConfigMap: 'configmaps',
  Secret: 'secrets',
  PersistentVolumeClaim: 'pvcs',
  ServiceAccount: 'serviceaccounts',
  PodMetrics: 'pods.metrics.k8s.io',
  NodeMetrics: 'nodes.metrics.k8s.io',
  Namespace: 'namespaces',
  Node: 'nodes',
  StorageClass: 'storageclasses',
};

export interface LogSpec {
  namespace: string;
  pod: string;
  container: string;
  previous?: boolean;
  lines: Iterable<string>;
}

/** Collects the objects and logs of a made-up cluster and writes them as a support bundle. */
export class ClusterBuilder {
  readonly random: Random;
  /** The moment of capture, Unix milliseconds. */
  readonly now: number;
  readonly #objects: Obj[] = [];
  readonly #logs: LogSpec[] = [];
  #resourceVersion = 1000;

  constructor(seed: number, now: number) {
    this.random = new Random(seed);
    this.now = now;
  }

  /** RFC 3339 of so many seconds before the capture. */
  ago(seconds: number): string {
    return new Date(this.now - seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  }

  /** Adds an object, giving it a uid, a resourceVersion and a creation time where it has none. */
  add<T extends Obj>(object: T): T {
    this.#resourceVersion += this.random.int(1, 9);
    const { metadata } = object;
    metadata.uid ??= this.random.uid();
    metadata.resourceVersion ??= String(this.#resourceVersion);
    metadata.creationTimestamp ??= this.ago(40 * 86_400);
    this.#objects.push(object);
    return object;
  }

  /** The generated name of the one object of this kind whose name begins so. */
  generatedName(kind: string, namespace: string, prefix: string): string {
    const found = this.#objects.find(
      ({ kind: own, metadata }) =>
        own === kind && metadata.namespace === namespace && metadata.name.startsWith(`${prefix}-`),
    );
    if (!found) throw new Error(`no ${kind} ${namespace}/${prefix}-…`);
    return found.metadata.name;
  }

  addLog(log: LogSpec): void {
    this.#logs.push(log);
  }

  /** Writes everything under `directory`. Logs are streamed; `onProgress` hears of bytes written so far. */
  async write(directory: string, onProgress: (bytes: number) => void): Promise<void> {
    const root = join(directory, 'cluster-resources');
    const lists = new Map<string, Obj[]>();
    for (const object of this.#objects) {
      const folder = FOLDERS[object.kind];
      if (!folder) throw new Error(`no folder for kind ${object.kind}`);
      const namespace = object.metadata.namespace;
      const file = namespace ? join(root, folder, `${namespace}.json`) : join(root, `${folder}.json`);
      lists.set(file, [...(lists.get(file) ?? []), object]);
    }
    for (const [file, items] of lists) {
      mkdirSync(dirname(file), { recursive: true });
      const { kind, apiVersion } = items[0]!;
      writeFileSync(file, JSON.stringify({ kind: `${kind}List`, apiVersion, metadata: {}, items }, null, 1));
    }
    writeJson(join(directory, 'cluster-info', 'cluster_version.json'), {
      major: '1',
      minor: '36',
      gitVersion: 'v1.36.2',
      platform: 'linux/amd64',
    });
    let bytes = 0;
    for (const log of this.#logs) {
      bytes += await writeLog(join(root, 'pods', 'logs'), log);
      onProgress(bytes);
    }
  }
}

async function writeLog(root: string, log: LogSpec): Promise<number> {
  const file = join(root, log.namespace, log.pod, `${log.container}${log.previous ? '-previous' : ''}.log`);
  mkdirSync(dirname(file), { recursive: true });
  const stream = createWriteStream(file);
  let chunk = '';
  for (const line of log.lines) {
    chunk += `${line}\n`;
    if (chunk.length < 262_144) continue;
    if (!stream.write(chunk)) await new Promise<void>(resolve => stream.once('drain', resolve));
    chunk = '';
  }
  stream.end(chunk);
  await finished(stream);
  return stream.bytesWritten;
}

function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(value, null, 1));
}

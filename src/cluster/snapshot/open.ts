import { rmSync } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { ClusterUnreachableError } from '../errors.ts';
import type { KubeObject } from '../types.ts';
import { ARCHIVE_LIMITS, type ArchiveLimits, unpackArchive } from './archive.ts';
import { findCaptureTime, readManifest } from './captured-at.ts';
import { Catalogue } from './catalogue.ts';
import { type Layout, readLayout } from './files/layout.ts';
import { readObjects } from './files/read.ts';
import { namespacesWithLogs } from './logs/find.ts';
import { Store } from './store.ts';
import { SnapshotTransport } from './transport.ts';

export interface OpenSnapshotOptions {
  /** For the opening only; each request has its own. */
  signal: AbortSignal;
  /** Namespace used where a question names none; `default` unless given. */
  namespace?: string;
  /** Unix milliseconds, stamped on what is created or deleted here. Default: the capture time, running on from the opening. */
  now?: () => number;
  /** 0 ≤ x < 1, for the names of `generateName`. */
  random?: () => number;
  archiveLimits?: Partial<ArchiveLimits>;
}

/**
 * Opens a support bundle (a folder, .tar or .tar.gz) as a Transport. Objects are read when they are first asked
 * for; writes stay in memory. Bad input rejects with a ClusterUnreachableError that says what is wrong with it.
 *
 * @example
 * const transport = await openSnapshot('./bundle.tar.gz', { signal, namespace: 'shop' });
 */
export async function openSnapshot(path: string, options: OpenSnapshotOptions): Promise<SnapshotTransport> {
  const { signal } = options;
  signal.throwIfAborted();
  const server = resolve(path);
  const limits = { ...ARCHIVE_LIMITS, ...options.archiveLimits };
  const unpacked = (await isArchive(server)) ? await unpackArchive(server, signal, limits) : undefined;
  const release = temporary(unpacked);
  try {
    const layout = await readLayout(unpacked ?? server, server);
    signal.throwIfAborted();
    const [catalogue, capturedAt, manifest] = await Promise.all([
      Catalogue.open(layout),
      findCaptureTime(layout, signal),
      readManifest(layout),
    ]);
    const opened = performance.now();
    return new SnapshotTransport({
      info: {
        source: 'snapshot',
        context: basename(server).replace(/\.(tar\.gz|tgz|tar)$/i, ''),
        server,
        namespace: options.namespace ?? 'default',
      },
      store: new Store(catalogue, layout.root, () => namespacesOf(layout)),
      layout,
      capturedAt,
      emptyLogsHaveNoFile: manifest !== undefined,
      now: options.now ?? (() => capturedAt + performance.now() - opened),
      random: options.random ?? Math.random,
      release,
    });
  } catch (error) {
    await release();
    throw error;
  }
}

/** True for an archive, false for a directory; anything else is said to be neither. */
async function isArchive(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return false;
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    const gzip = bytesRead > 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
    if (gzip || buffer.toString('latin1', 257, 262) === 'ustar') return true;
  } catch (error) {
    throw unopenable(path, error);
  }
  throw new ClusterUnreachableError(
    `${path} is not a snapshot: it is neither a folder nor a .tar.gz archive.`,
    {
      hint: 'Give a folder that holds cluster-resources, or a support bundle as .tar.gz or .tgz.',
      facts: { path },
    },
  );
}

function unopenable(path: string, cause: unknown): ClusterUnreachableError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const facts = { path, code };
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new ClusterUnreachableError(`The snapshot ${path} does not exist.`, {
      hint: 'Check the path.',
      facts,
      cause,
    });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new ClusterUnreachableError(`The snapshot ${path} cannot be read: permission denied.`, {
      hint: 'Change its permissions, or run kv as its owner.',
      facts,
      cause,
    });
  }
  return new ClusterUnreachableError(`The snapshot ${path} cannot be read (${code}).`, {
    hint: 'Check the disk it is on.',
    facts,
    cause,
  });
}

/** What removes an unpacked archive, at the latest when the process ends. */
function temporary(directory: string | undefined): () => Promise<void> {
  if (!directory) return async () => undefined;
  const atExit = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', atExit);
  return async () => {
    process.off('exit', atExit);
    await rm(directory, { recursive: true, force: true });
  };
}

/** Namespace objects made from file names (and the pods' own words) where the snapshot has none. */
async function namespacesOf(layout: Layout): Promise<KubeObject[]> {
  const files = [...layout.kinds.values()].flat();
  const named = files.flatMap(file => file.namespace ?? []);
  const pods = (layout.kinds.get('pods') ?? []).filter(file => file.namespace === undefined);
  const contents = await Promise.all(pods.map(file => readObjects(layout.root, file.path)));
  const ofPods = contents.flatMap(({ items }) =>
    items.map(item => (item['metadata'] as KubeObject['metadata'] | undefined)?.namespace),
  );
  const names = new Set([...named, ...ofPods, ...(await namespacesWithLogs(layout))]);
  return [...names].flatMap(name =>
    name
      ? {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
          status: { phase: 'Active' },
        }
      : [],
  );
}

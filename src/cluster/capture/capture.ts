import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isAbort, KvError, messageOf } from '../../shared/errors.ts';
import type { ClusterClient } from '../port.ts';
import type { ApiResource } from '../types.ts';
import { captureKind } from './kinds.ts';
import { captureLog, type LogTarget } from './pod-logs.ts';

export interface CaptureOptions {
  /** Must not exist yet, or be empty. */
  directory: string;
  /** Only these namespaces; cluster-scoped kinds are captured all the same. */
  namespaces?: string[];
  /** Secrets keep their keys and lose their values unless this is set. */
  includeSecretValues?: boolean;
  /** Lines of each log, from its end; default 10,000. */
  logTailLines?: number;
  /** Bytes of each log; default 5,000,000. */
  logLimitBytes?: number;
  signal: AbortSignal;
  onProgress?: (progress: CaptureProgress) => void;
}

export interface CaptureProgress {
  phase: 'kinds' | 'logs';
  done: number;
  total: number;
  /** What was just finished: `pods`, or `namespace/pod/container`. */
  what: string;
}

export interface CaptureReport {
  directory: string;
  objects: number;
  kinds: number;
  logs: number;
  /** Kinds (with the namespace where only one was refused) that this user may not list. */
  forbidden: string[];
  /** Everything else that could not be captured, and why. */
  failures: Array<{ what: string; message: string }>;
}

const KINDS_AT_ONCE = 4;
const LOGS_AT_ONCE = 16;

/**
 * Captures a cluster into a directory in the support-bundle layout. What the user may not list is skipped and
 * reported. The directory appears when it is whole: a capture that fails or is cancelled leaves nothing behind.
 */
export async function captureSnapshot(
  client: ClusterClient,
  options: CaptureOptions,
): Promise<CaptureReport> {
  const directory = resolve(options.directory);
  await assertFree(directory);
  const partial = join(dirname(directory), `.${basename(directory)}.partial`);
  await rm(partial, { recursive: true, force: true });
  try {
    await mkdir(partial, { recursive: true });
    const report = await captureInto(client, partial, { ...options, directory });
    await rm(directory, { recursive: true, force: true });
    await rename(partial, directory);
    return report;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw isWriteFailure(error) ? notWritable(directory, error) : error;
  }
}

async function captureInto(
  client: ClusterClient,
  root: string,
  options: CaptureOptions,
): Promise<CaptureReport> {
  const { signal } = options;
  const report: CaptureReport = {
    directory: options.directory,
    objects: 0,
    kinds: 0,
    logs: 0,
    forbidden: [],
    failures: [],
  };
  await writeVersion(client, root, signal);
  const resources = (await client.resources(signal)).filter(isWorthCapturing);
  await writeDiscovery(resources, root);

  const targets: LogTarget[] = [];
  let done = 0;
  await eachAtOnce(KINDS_AT_ONCE, resources, options.signal, async (resource, signal) => {
    const result = await captureKind(client, resource, root, { ...options, signal });
    report.objects += result.objects;
    if (result.objects > 0) report.kinds += 1;
    report.forbidden.push(...result.forbidden);
    report.failures.push(...result.failures);
    targets.push(...result.logs);
    done += 1;
    options.onProgress?.({ phase: 'kinds', done, total: resources.length, what: resource.plural });
  });

  done = 0;
  await eachAtOnce(LOGS_AT_ONCE, targets, options.signal, async (target, signal) => {
    const what = `${target.namespace}/${target.pod}/${target.container}${target.previous ? ' (previous)' : ''}`;
    try {
      const limits = {
        tailLines: options.logTailLines ?? 10_000,
        limitBytes: options.logLimitBytes ?? 5_000_000,
      };
      if ((await captureLog(client, target, root, limits, signal)) > 0) report.logs += 1;
    } catch (error) {
      if (isAbort(error, signal) || isWriteFailure(error)) throw error;
      report.failures.push({ what: `log of ${what}`, message: messageOf(error) });
    }
    done += 1;
    options.onProgress?.({ phase: 'logs', done, total: targets.length, what });
  });
  report.forbidden.sort();
  await writeFile(
    join(root, 'kv-snapshot.json'),
    `${JSON.stringify(manifest(client, options, report), null, 1)}\n`,
  );
  return report;
}

/** core/v1 events hold everything that events.k8s.io serves; componentstatuses has been deprecated since 1.19. */
function isWorthCapturing(resource: ApiResource): boolean {
  return (
    resource.verbs.includes('list') &&
    resource.group !== 'events.k8s.io' &&
    !(resource.group === '' && resource.plural === 'componentstatuses')
  );
}

async function writeVersion(client: ClusterClient, root: string, signal: AbortSignal): Promise<void> {
  const version = await client.version(signal);
  await mkdir(join(root, 'cluster-info'), { recursive: true });
  await writeFile(join(root, 'cluster-info/cluster_version.json'), `${JSON.stringify(version, null, 1)}\n`);
}

/** `resources.json` as troubleshoot writes it: kinds without objects stay known. */
async function writeDiscovery(resources: ApiResource[], root: string): Promise<void> {
  const lists = new Map<string, object[]>();
  for (const {
    group,
    version,
    kind,
    plural,
    singular,
    namespaced,
    verbs,
    shortNames,
    categories,
  } of resources) {
    const groupVersion = group ? `${group}/${version}` : version;
    const list = lists.get(groupVersion) ?? [];
    list.push({ name: plural, singularName: singular, namespaced, kind, verbs, shortNames, categories });
    lists.set(groupVersion, list);
  }
  const out = [...lists].map(([groupVersion, entries]) => ({
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion,
    resources: entries,
  }));
  await mkdir(join(root, 'cluster-resources'), { recursive: true });
  await writeFile(join(root, 'cluster-resources/resources.json'), `${JSON.stringify(out, null, 1)}\n`);
}

function manifest(client: ClusterClient, options: CaptureOptions, report: CaptureReport): object {
  return {
    formatVersion: 1,
    capturedAt: new Date().toISOString(),
    context: client.info.context,
    namespace: client.info.namespace,
    namespaces: options.namespaces ?? null,
    secretValues: options.includeSecretValues === true,
    forbidden: report.forbidden,
    failures: report.failures,
  };
}

async function assertFree(directory: string): Promise<void> {
  let entries: string[];
  try {
    entries = await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw notWritable(directory, error);
  }
  if (entries.length > 0) {
    throw new KvError('usage', `The directory ${directory} is not empty.`, {
      hint: 'Give a new one, so that two captures do not mix.',
    });
  }
}

function isWriteFailure(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === 'string' && /^E[A-Z]+$/.test(code) && !(error instanceof KvError);
}

function notWritable(directory: string, error: unknown): KvError {
  return new KvError('failed', `The snapshot cannot be written to ${directory}: ${messageOf(error)}.`, {
    hint: 'Give a directory that can be written, with enough room.',
    cause: error,
  });
}

/**
 * Works on `atOnce` items at a time. The first failure cancels what is under way, and rejects only when everything
 * has come to rest: nothing may still write into a directory that is being removed.
 */
async function eachAtOnce<T>(
  atOnce: number,
  items: T[],
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const worker = async (): Promise<void> => {
    try {
      for (const item of queue) await work(item, either);
    } catch (error) {
      // Only the first reason is kept.
      failed.abort(error);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  failed.signal.throwIfAborted();
}

import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject } from '../../types.ts';
import { type Layout, RESOURCES } from '../files/layout.ts';
import { resolveInside } from '../files/read.ts';
import { findSection } from './dump-section.ts';

export interface LogName {
  namespace: string;
  pod: string;
  container: string;
  previous: boolean;
  /** The pod has no other container, so a log named after the pod alone is this one's. */
  only: boolean;
}

/** A log's place: a file, or a part of one. */
export interface LogPlace {
  path: string;
  /** Byte offsets; the whole file where they are absent. */
  from?: number;
  to?: number;
}

const SAFE = /^[A-Za-z0-9][-A-Za-z0-9._]*$/;

/** Where a container's log lies, links resolved; undefined when the snapshot has none. */
export async function findLog(layout: Layout, name: LogName): Promise<LogPlace | undefined> {
  if (![name.namespace, name.pod, name.container].every(part => SAFE.test(part))) return undefined;
  if (layout.style === 'dump') return findInDump(layout, name);
  if (layout.style === 'must-gather') return findInMustGather(layout, name);
  for (const path of candidates(layout, name)) {
    const found = await resolveInside(layout.root, path);
    if (found) return { path: found };
  }
  return undefined;
}

/** A dump has the current logs only. */
async function findInDump(layout: Layout, name: LogName): Promise<LogPlace | undefined> {
  if (name.previous) return undefined;
  const path = await resolveInside(layout.root, join(layout.root, name.namespace, name.pod, 'logs.txt'));
  const section = path && (await findSection(path, name));
  return section ? { path, ...section } : undefined;
}

/** `previous.insecure.log` is what must-gather writes where it had to read without verifying the kubelet. */
async function findInMustGather(layout: Layout, name: LogName): Promise<LogPlace | undefined> {
  const { namespace, pod, container } = name;
  const logs = join(layout.root, 'namespaces', namespace, 'pods', pod, container, container, 'logs');
  const stem = name.previous ? 'previous' : 'current';
  for (const file of [`${stem}.log`, `${stem}.insecure.log`]) {
    const path = await resolveInside(layout.root, join(logs, file));
    if (path && (await stat(path)).size > 0) return { path };
  }
  return undefined;
}

function* candidates(layout: Layout, name: LogName): Generator<string> {
  const { namespace, pod, container, only } = name;
  const suffix = name.previous ? '-previous.log' : '.log';
  const logs = join(layout.root, RESOURCES, 'pods', 'logs', namespace);
  yield join(logs, pod, container + suffix);
  if (only) yield join(logs, pod + suffix);
  for (const folder of layout.folders) {
    yield join(folder, pod, container + suffix);
    yield join(folder, namespace, pod, container + suffix);
    yield join(folder, `${pod}-${container}${suffix}`);
    if (only) yield join(folder, pod + suffix);
  }
}

/** Namespaces that have pod logs. */
export async function namespacesWithLogs(layout: Layout): Promise<string[]> {
  const entries = await entriesOf(join(layout.root, RESOURCES, 'pods', 'logs'));
  return entries.filter(entry => entry.isDirectory()).map(entry => entry.name);
}

/** A pod that the snapshot has logs of, but no object: enough of it to read them. */
export async function podFromLogs(
  layout: Layout,
  namespace: string,
  name: string,
): Promise<KubeObject | undefined> {
  if (![namespace, name].every(part => SAFE.test(part))) return undefined;
  const files = await entriesOf(join(layout.root, RESOURCES, 'pods', 'logs', namespace, name));
  const names = files.flatMap(file => /^(.+?)(?:-previous)?\.log$/.exec(file.name)?.[1] ?? []);
  const containers = [...new Set(names)].map(container => ({ name: container }));
  if (containers.length === 0) return undefined;
  const spec = { nodeName: 'unknown', containers };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec };
}

async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

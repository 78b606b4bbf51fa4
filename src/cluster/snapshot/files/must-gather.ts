import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceFile } from './layout.ts';

/** The two folders that `oc adm must-gather` writes into: objects of namespaces, and all others. */
export const MUST_GATHER = ['namespaces', 'cluster-scoped-resources'];

const DATA_FILE = /\.(json|ya?ml)$/i;
/** The folder of the group that has no name. */
const CORE = 'core';

/** Whether a folder with such names in it is one: API groups are folders there. */
export async function isMustGather(directory: string): Promise<boolean> {
  const scoped = await folders(join(directory, 'cluster-scoped-resources'));
  if (scoped.length > 0) return true;
  for (const namespace of await folders(join(directory, 'namespaces'))) {
    const inner = await folders(join(namespace.parentPath, namespace.name));
    if (inner.some(entry => entry.name === CORE || entry.name === 'pods')) return true;
  }
  return false;
}

/**
 * Names every file with objects: `<group>/<plural>.yaml` (a list) and `<group>/<plural>/<name>.yaml` (one object),
 * below `cluster-scoped-resources` and below each namespace; and the pods that have a folder of their own
 * (`pods/<pod>/<pod>.yaml`) where the namespace has no list of them.
 */
export async function addMustGather(
  root: string,
  add: (kind: string, file: SourceFile) => void,
): Promise<void> {
  for (const group of await folders(join(root, 'cluster-scoped-resources')))
    await addGroup(group, undefined, add);
  for (const namespace of await folders(join(root, 'namespaces'))) {
    const directory = join(namespace.parentPath, namespace.name);
    const entries = await entriesOf(directory);
    const own = entries.find(entry => entry.name.replace(DATA_FILE, '') === namespace.name);
    if (own && !own.isDirectory()) add('namespaces', { path: join(directory, own.name) });
    for (const group of entries.filter(entry => entry.isDirectory() && entry.name !== 'pods'))
      await addGroup(group, namespace.name, add);
    const core = await entriesOf(join(directory, CORE));
    if (!core.some(entry => /^pods\.(json|ya?ml)$/i.test(entry.name)))
      await addPods(directory, namespace.name, add);
  }
}

async function addGroup(
  group: Dirent,
  namespace: string | undefined,
  add: (kind: string, file: SourceFile) => void,
): Promise<void> {
  const directory = join(group.parentPath, group.name);
  const kindOf = (plural: string) => (group.name === CORE ? plural : `${plural}.${group.name}`);
  for (const entry of await entriesOf(directory)) {
    const path = join(directory, entry.name);
    if (!entry.isDirectory()) {
      if (DATA_FILE.test(entry.name)) add(kindOf(entry.name.replace(DATA_FILE, '')), { path, namespace });
      continue;
    }
    for (const file of await entriesOf(path)) {
      if (file.isDirectory() || !DATA_FILE.test(file.name)) continue;
      add(kindOf(entry.name), { path: join(path, file.name), namespace });
    }
  }
}

async function addPods(
  directory: string,
  namespace: string,
  add: (kind: string, file: SourceFile) => void,
): Promise<void> {
  for (const pod of await folders(join(directory, 'pods'))) {
    const files = await entriesOf(join(pod.parentPath, pod.name));
    const own = files.find(file => file.name.replace(DATA_FILE, '') === pod.name && !file.isDirectory());
    if (own) add('pods', { path: join(own.parentPath, own.name), namespace });
  }
}

async function folders(directory: string): Promise<Dirent[]> {
  return (await entriesOf(directory)).filter(entry => entry.isDirectory());
}

async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

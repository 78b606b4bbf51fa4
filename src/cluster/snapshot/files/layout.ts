import type { Dirent } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ClusterUnreachableError } from '../../errors.ts';
import { addMustGather, isMustGather, MUST_GATHER } from './must-gather.ts';

/** One file with objects of one kind; `namespace` where the layout puts one namespace into it. */
export interface SourceFile {
  path: string;
  namespace?: string;
}

/** Where things are in a snapshot directory. Built from directory listings alone: no file is opened. */
export interface Layout {
  /** The folder that holds `cluster-resources`, symbolic links resolved: nothing outside of it is ever read. */
  root: string;
  /** Files by the name their kind goes by here: `pods`, `pvcs`, `certificates.cert-manager.io`. */
  kinds: Map<string, SourceFile[]>;
  /** `<kind>-errors.json`: what the collecting tool could not read. */
  errors: Map<string, string>;
  /** Folders beside `cluster-resources`, where collectors put logs of their own. */
  folders: string[];
  /**
   * Who wrote it. `bundle`: Replicated's troubleshoot and kv. `dump`: `kubectl cluster-info dump`, a folder a
   * namespace, with a folder a pod and logs.txt in it. `must-gather`: OpenShift's, a folder a namespace and API group.
   */
  style: Style;
}

export type Style = 'bundle' | 'dump' | 'must-gather';

export const RESOURCES = 'cluster-resources';

/** Not lists of objects: discovery, rights, digests of other files. */
const NOT_KINDS = new Set(['auth-cani-list', 'groups', 'resources', 'image-pull-secrets']);
const DATA_FILE = /\.(json|ya?ml)$/i;
/** A bundle may lie in a folder of its own inside the archive, and that in another. */
const WRAPPERS = 3;
/** A folder with more than this is not a wrapper. */
const MOST_FOLDERS = 20;

/** Finds the support-bundle layout (or a cluster-info dump, or a must-gather) in a directory, also below wrapping folders. */
export async function readLayout(directory: string, shown: string): Promise<Layout> {
  const found = await findRoot(await realpath(directory));
  if (!found) {
    throw new ClusterUnreachableError(`${shown} is not a snapshot: there is no ${RESOURCES} folder in it.`, {
      hint: 'Give the folder (or .tar.gz) that holds cluster-resources/pods, cluster-resources/nodes.json and so on, as kv snapshot and support-bundle write it; a kubectl cluster-info dump or an OpenShift must-gather will do, too.',
      facts: { path: shown, lookedFor: RESOURCES },
    });
  }
  const { root, style } = found;
  const index: Index = { kinds: new Map(), errors: new Map() };
  const beside = await list(root);
  if (style === 'dump') await addDump(index, beside);
  else if (style === 'must-gather') await addMustGather(root, (name, file) => addFile(index, name, file));
  else await Promise.all((await list(join(root, RESOURCES))).map(entry => addEntry(index, entry)));
  const folders = beside.filter(
    entry => entry.isDirectory() && entry.name !== RESOURCES && entry.name !== 'cluster-info',
  );
  return {
    root,
    style,
    kinds: new Map([...index.kinds].map(([name, files]) => [name, sorted(files.values())])),
    errors: index.errors,
    folders: folders.map(entry => join(root, entry.name)),
  };
}

interface Index {
  /** By kind, then by path without its ending. */
  kinds: Map<string, Map<string, SourceFile>>;
  errors: Map<string, string>;
}

function sorted(files: Iterable<SourceFile>): SourceFile[] {
  return [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function findRoot(directory: string, depth = 0): Promise<{ root: string; style: Style } | undefined> {
  if (basename(directory) === RESOURCES && depth === 0)
    return { root: join(directory, '..'), style: 'bundle' };
  // What cannot be read below the folder that was named is just not the snapshot.
  const entries = depth === 0 ? await list(directory) : await list(directory).catch(() => []);
  const folders = entries.filter(entry => entry.isDirectory());
  if (folders.some(entry => entry.name === RESOURCES)) return { root: directory, style: 'bundle' };
  if (folders.some(entry => MUST_GATHER.includes(entry.name)) && (await isMustGather(directory)))
    return { root: directory, style: 'must-gather' };
  if (entries.some(entry => entry.name === 'nodes.json') && (await anyHasPods(folders))) {
    return { root: directory, style: 'dump' };
  }
  if (depth >= WRAPPERS || folders.length > MOST_FOLDERS) return undefined;
  for (const folder of folders) {
    const found = await findRoot(join(directory, folder.name), depth + 1);
    if (found) return found;
  }
  return undefined;
}

async function anyHasPods(folders: Dirent[]): Promise<boolean> {
  const lists = await Promise.all(
    folders.map(folder => list(join(folder.parentPath, folder.name)).catch(() => [])),
  );
  return lists.some(files => files.some(file => file.name === 'pods.json'));
}

/** Files of cluster-scoped kinds at the top, a folder a namespace with a file a kind. */
async function addDump(index: Index, entries: Dirent[]): Promise<void> {
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isDirectory()) {
      if (DATA_FILE.test(entry.name)) addFile(index, entry.name.replace(DATA_FILE, ''), { path });
      continue;
    }
    for (const file of await list(path)) {
      if (file.isDirectory() || !DATA_FILE.test(file.name)) continue;
      const found = { path: join(path, file.name), namespace: entry.name };
      addFile(index, file.name.replace(DATA_FILE, ''), found);
    }
  }
}

async function addEntry(index: Index, entry: Dirent): Promise<void> {
  const path = join(entry.parentPath, entry.name);
  if (!entry.isDirectory()) {
    if (!DATA_FILE.test(entry.name)) return;
    const stem = entry.name.replace(DATA_FILE, '');
    const failed = /^(.+)-errors$/.exec(stem)?.[1];
    if (failed) index.errors.set(failed, path);
    else addFile(index, stem, { path });
    return;
  }
  if (entry.name === 'custom-resources') {
    const inner = await list(path);
    await Promise.all(inner.map(custom => addEntry(index, custom)));
    return;
  }
  for (const file of await list(path)) {
    if (file.isDirectory() || !DATA_FILE.test(file.name)) continue;
    addFile(index, entry.name, { path: join(path, file.name), namespace: file.name.replace(DATA_FILE, '') });
  }
}

function addFile(index: Index, name: string, file: SourceFile): void {
  if (NOT_KINDS.has(name)) return;
  const files = index.kinds.get(name) ?? new Map<string, SourceFile>();
  index.kinds.set(name, files);
  const stem = file.path.replace(DATA_FILE, '');
  // Some tools write the same list as JSON and as YAML; JSON is read a hundred times faster.
  if (!files.has(stem) || file.path.endsWith('.json')) files.set(stem, file);
}

async function list(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new ClusterUnreachableError(`The folder ${directory} of the snapshot cannot be read (${code}).`, {
      hint:
        code === 'EACCES' ? 'Change its permissions, or run kv as its owner.' : 'Check the disk it is on.',
      facts: { path: directory, code },
      cause: error,
    });
  }
}

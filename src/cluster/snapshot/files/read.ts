import { readFile, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { isRecord } from '../../../shared/json.ts';
import { ClusterUnreachableError } from '../../errors.ts';
import type { KubeObject } from '../../types.ts';

/** What a file says about the objects in it, where the objects themselves may not. */
export interface FileContent {
  /** Of the list, or of the first object. */
  apiVersion: string;
  kind: string;
  items: Record<string, unknown>[];
}

/** The path with links resolved, or undefined when it does not exist or leads out of the snapshot. */
export async function resolveInside(root: string, path: string): Promise<string | undefined> {
  try {
    const real = await realpath(path);
    return real === root || real.startsWith(root + sep) ? real : undefined;
  } catch {
    return undefined;
  }
}

/** The raw text of a file of the snapshot; '' where a link leads out of it. */
export async function readInside(root: string, path: string): Promise<string> {
  const real = await resolveInside(root, path);
  if (!real) return '';
  try {
    return await readFile(real, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new ClusterUnreachableError(`The file ${path} of the snapshot cannot be read (${code}).`, {
      hint:
        code === 'EACCES' ? 'Change its permissions, or run kv as its owner.' : 'Check the disk it is on.',
      facts: { path, code },
      cause: error,
    });
  }
}

/** Parses JSON or YAML; a file that is neither is named in the error. */
export async function readData(root: string, path: string): Promise<unknown> {
  const text = await readInside(root, path);
  try {
    return parseText(text, path);
  } catch {
    // The parser's own message quotes the text around the fault, which may be a secret's value.
    const kind = path.endsWith('.json') ? 'JSON' : 'YAML';
    throw new ClusterUnreachableError(`The file ${path} of the snapshot is cut off or not ${kind}.`, {
      hint: 'Take the snapshot again, or remove that file to go on without it.',
      facts: { path },
    });
  }
}

/** The objects of a file: a List object, a bare array, or one object. */
export async function readObjects(root: string, path: string): Promise<FileContent> {
  return contentOf(await readData(root, path));
}

/** The same from text already read. Throws what the parser throws. */
export function contentOfText(text: string, path: string): FileContent {
  return contentOf(parseText(text, path));
}

function parseText(text: string, path: string): unknown {
  if (text.trim() === '') return null;
  return path.endsWith('.json') ? JSON.parse(text) : parseYaml(text, { maxAliasCount: 100 });
}

function contentOf(data: unknown): FileContent {
  const items = Array.isArray(data)
    ? data.filter(isRecord)
    : isRecord(data) && Array.isArray(data['items'])
      ? data['items'].filter(isRecord)
      : isRecord(data) && isRecord(data['metadata']) && typeof data['metadata']['name'] === 'string'
        ? [data]
        : [];
  const list = isRecord(data) && !items.includes(data) ? data : {};
  const listKind = text(list['kind']).replace(/List$/, '');
  const first = items[0] ?? {};
  return {
    apiVersion: text(first['apiVersion']) || (listKind ? text(list['apiVersion']) : ''),
    kind: text(first['kind']) || listKind,
    items,
  };
}

/** An item as a KubeObject of the kind it is listed under; undefined when it is of another kind or has no name. */
export function asObject(
  item: Record<string, unknown>,
  expected: { apiVersion: string; kind: string; namespaced: boolean },
  namespace: string | undefined,
): KubeObject | undefined {
  const metadata = item['metadata'];
  if (!isRecord(metadata) || typeof metadata['name'] !== 'string') return undefined;
  if (item['kind'] !== undefined && item['kind'] !== expected.kind) return undefined;
  // Typed clients leave apiVersion and kind out of a list's items.
  const typed =
    item['kind'] && item['apiVersion']
      ? item
      : { apiVersion: expected.apiVersion, kind: expected.kind, ...item };
  if (expected.namespaced && !metadata['namespace'] && namespace) metadata['namespace'] = namespace;
  return typed as KubeObject;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

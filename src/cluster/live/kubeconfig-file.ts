import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { messageOf } from '../../shared/errors.ts';
import { isRecord } from '../../shared/json.ts';
import { oneLine } from '../../shared/text.ts';
import { ClusterUnreachableError } from '../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** One `{name, cluster|user|context}` entry of a kubeconfig. */
export interface NamedEntry {
  name: string;
  body: Record<string, unknown>;
}

/** Several kubeconfig files as one: the first file that defines a name wins, as with kubectl. */
export interface MergedKubeconfig {
  clusters: NamedEntry[];
  users: NamedEntry[];
  contexts: NamedEntry[];
  currentContext: string;
  /** The files, for sentences. */
  source: string;
}

const SECTIONS = [
  ['clusters', 'cluster', ['certificate-authority']],
  ['users', 'user', ['client-certificate', 'client-key', 'tokenFile']],
  ['contexts', 'context', []],
] as const;

/** The files kubectl would read: `explicit`, else the KUBECONFIG list, else ~/.kube/config. */
export function kubeconfigPaths(explicit: string | undefined, env: Environment): string[] {
  if (explicit) return [resolve(explicit)];
  const list = (env['KUBECONFIG'] ?? '').split(delimiter).filter(Boolean);
  if (list.length > 0) return list;
  return [join(env['HOME'] || homedir(), '.kube', 'config')];
}

/**
 * Reads and merges kubeconfig files. Missing files are passed over (undefined when none is there), unreadable
 * and malformed ones reject with a sentence that names the file.
 */
export async function readKubeconfigs(
  paths: string[],
  options: { mustExist: boolean },
): Promise<MergedKubeconfig | undefined> {
  const merged: MergedKubeconfig = { clusters: [], users: [], contexts: [], currentContext: '', source: '' };
  const found: string[] = [];
  for (const path of paths) {
    const text = await readOne(path, options.mustExist);
    if (text === undefined || text.trim() === '') continue;
    merge(merged, await parseOne(text, path), dirname(resolve(path)), path);
    found.push(path);
  }
  merged.source = found.join(', ');
  return found.length > 0 ? merged : undefined;
}

async function readOne(path: string, mustExist: boolean): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' && !mustExist) return undefined;
    const why =
      code === 'ENOENT'
        ? 'does not exist'
        : code === 'EACCES'
          ? 'may not be read by this user'
          : code === 'EISDIR'
            ? 'is a directory'
            : `cannot be read: ${messageOf(error)}`;
    throw new ClusterUnreachableError(`The kubeconfig ${path} ${why}.`, {
      hint: 'Give another file with --kubeconfig or KUBECONFIG.',
      facts: { path, code },
      cause: error,
    });
  }
}

async function parseOne(text: string, path: string): Promise<Record<string, unknown>> {
  const { parse } = await import('yaml');
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    // The parser's message goes on with the offending lines, which may hold a token.
    const first = messageOf(error).split('\n')[0]!.replace(/:$/, '');
    throw malformed(path, oneLine(first, 160), error);
  }
  if (!isRecord(document)) throw malformed(path, 'it holds no YAML mapping');
  for (const [section] of SECTIONS) {
    const value = document[section];
    if (value !== undefined && value !== null && !Array.isArray(value)) {
      throw malformed(path, `\`${section}\` is not a list`);
    }
  }
  return document;
}

function malformed(path: string, why: string, cause?: unknown): ClusterUnreachableError {
  return new ClusterUnreachableError(`The kubeconfig ${path} is malformed: ${why}.`, {
    hint: 'Repair the file (kubectl config view shows what kubectl makes of it) or give another one with --kubeconfig.',
    facts: { path },
    cause,
  });
}

function merge(
  into: MergedKubeconfig,
  document: Record<string, unknown>,
  directory: string,
  path: string,
): void {
  for (const [section, key, pathFields] of SECTIONS) {
    const entries = (document[section] ?? []) as unknown[];
    for (const entry of entries) {
      if (!isRecord(entry) || typeof entry['name'] !== 'string') {
        throw malformed(path, `an entry of \`${section}\` has no name`);
      }
      const { name } = entry;
      if (into[section].some(other => other.name === name)) continue;
      const body = isRecord(entry[key]) ? { ...entry[key] } : {};
      for (const field of pathFields) absolute(body, field, directory);
      const exec = body['exec'];
      if (isRecord(exec) && typeof exec['command'] === 'string' && /[/\\]/.test(exec['command'])) {
        body['exec'] = { ...exec };
        absolute(body['exec'] as Record<string, unknown>, 'command', directory);
      }
      into[section].push({ name, body });
    }
  }
  const current = document['current-context'];
  if (!into.currentContext && typeof current === 'string') into.currentContext = current;
}

function absolute(body: Record<string, unknown>, field: string, directory: string): void {
  const value = body[field];
  if (typeof value === 'string' && value !== '' && !isAbsolute(value)) body[field] = join(directory, value);
}

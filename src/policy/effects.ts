import type { HttpMethod } from '../cluster/transport.ts';
import { isRecord } from '../shared/json.ts';
import type { Effect } from './types.ts';

export type Query = Record<string, string | number | boolean | undefined>;

/** What a request is, read from nothing but its method, path, query and body. */
export interface Classified {
  effect: Effect;
  /** What kubectl would call it: get, create, update, patch, apply, scale, delete, deletecollection, evict, exec, … */
  verb: string;
  group: string;
  version: string;
  /** Plural resource as in the path; '' for paths outside the API. */
  plural: string;
  namespace: string;
  name: string;
  subresource: string;
  /** The server honours `dryRun=All` here, so asking for one is safe. */
  dryRunnable: boolean;
}

/** Subresources that open a connection into a workload or node, whatever the verb. */
const CONNECTING = new Set(['exec', 'attach', 'portforward', 'proxy']);
/** Writes with a subresource that honour a dry run; all others (token, binding, …) do not, or not everywhere. */
const DRY_RUN_SUBRESOURCES = new Set(['', 'status', 'scale', 'eviction', 'ephemeralcontainers', 'resize']);
/** POSTs that only ask a question. */
const REVIEWS: Record<string, string[]> = {
  'authorization.k8s.io': [
    'selfsubjectaccessreviews',
    'selfsubjectrulesreviews',
    'subjectaccessreviews',
    'localsubjectaccessreviews',
  ],
  'authentication.k8s.io': ['selfsubjectreviews', 'tokenreviews'],
};

/**
 * Decides what a request does to the world. Anything that is not certainly a read is a write; anything that is
 * written in a way that proxies and servers may read differently (encoded slashes, dot segments, a query inside
 * the path) is treated as the most dangerous thing it could be.
 */
export function classify(
  method: HttpMethod | string,
  path: string,
  query: Query = {},
  body?: unknown,
  contentType = '',
): Classified {
  const target = targetOf(path);
  const verb = method.toUpperCase();
  const asks = (effect: Effect, name: string): Classified => ({
    ...(target ?? NOWHERE),
    effect,
    verb: name,
    dryRunnable: false,
  });
  if (!target) return asks('exec', verb.toLowerCase());
  if (CONNECTING.has(target.subresource.split('/')[0]!))
    return asks('exec', target.subresource.split('/')[0]!);
  if (verb === 'GET' || verb === 'HEAD') return asks('read', query.watch ? 'watch' : 'get');
  if (target.plural === '') return asks('write', verb.toLowerCase());
  if (verb === 'POST' && REVIEWS[target.group]?.includes(target.plural) && target.subresource === '') {
    return asks('read', 'create');
  }
  const dryRunnable = DRY_RUN_SUBRESOURCES.has(target.subresource);
  const named = writeVerb(verb, target, contentType);
  if (dryRunnable && isDryRun(verb, query, body))
    return { ...target, effect: 'read', verb: named.verb, dryRunnable };
  return { ...target, ...named, dryRunnable };
}

function isDryRun(method: string, query: Query, body: unknown): boolean {
  // The API server takes the options of a deletion from the body when there is one, and then ignores the query.
  if (method === 'DELETE' && body !== undefined) {
    const asked = isRecord(body) ? body.dryRun : undefined;
    return Array.isArray(asked) && asked.length === 1 && asked[0] === 'All';
  }
  return query.dryRun === 'All';
}

type Target = Omit<Classified, 'effect' | 'verb' | 'dryRunnable'>;

const NOWHERE: Target = { group: '', version: '', plural: '', namespace: '', name: '', subresource: '' };

function writeVerb(method: string, target: Target, contentType: string): { effect: Effect; verb: string } {
  if (method === 'DELETE') {
    return { effect: 'delete', verb: target.name === '' ? 'deletecollection' : 'delete' };
  }
  if (target.subresource === 'eviction') return { effect: 'delete', verb: 'evict' };
  if (target.subresource === 'scale') return { effect: 'write', verb: 'scale' };
  if (target.subresource === 'ephemeralcontainers') return { effect: 'exec', verb: 'debug' };
  if (method === 'POST') return { effect: 'write', verb: 'create' };
  if (method === 'PUT') return { effect: 'write', verb: 'update' };
  if (method === 'PATCH') {
    return { effect: 'write', verb: contentType.startsWith('application/apply-patch') ? 'apply' : 'patch' };
  }
  return { effect: 'write', verb: method.toLowerCase() };
}

/** Undefined for a path that could be read in more than one way. */
function targetOf(path: string): Target | undefined {
  if (!path.startsWith('/') || /[?#\\\s]/.test(path)) return undefined;
  const parts: string[] = [];
  const raw = path.replace(/\/$/, '').slice(1);
  for (const part of raw === '' ? [] : raw.split('/')) {
    const decoded = decode(part);
    if (!decoded || decoded === '.' || decoded === '..' || /[/\\\u0000]/.test(decoded)) return undefined;
    parts.push(decoded);
  }
  if (parts[0] === 'api') return resourceTarget('', parts[1] ?? '', parts.slice(2));
  if (parts[0] === 'apis') return resourceTarget(parts[1] ?? '', parts[2] ?? '', parts.slice(3));
  return NOWHERE;
}

function resourceTarget(group: string, version: string, rest: string[]): Target {
  let parts = rest;
  // The old forms /api/v1/watch/… (a read) and /api/v1/proxy/… (a connection).
  if (parts[0] === 'watch') parts = parts.slice(1);
  else if (parts[0] === 'proxy') return { ...NOWHERE, group, version, plural: 'proxy', subresource: 'proxy' };
  let namespace = '';
  const inNamespace =
    parts[0] === 'namespaces' && parts.length > 2 && !['status', 'finalize'].includes(parts[2]!);
  if (inNamespace) {
    namespace = parts[1]!;
    parts = parts.slice(2);
  }
  const [plural = '', name = '', ...subresource] = parts;
  return { group, version, plural, namespace, name, subresource: subresource.join('/') };
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

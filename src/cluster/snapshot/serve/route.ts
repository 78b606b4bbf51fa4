/** What a path of the Kubernetes REST API addresses. */
export type Route =
  | { type: 'version' | 'core-versions' | 'groups' | 'health' }
  | { type: 'group'; group: string }
  | { type: 'group-version'; group: string; version: string }
  | ({ type: 'resource' } & ResourceRoute);

export interface ResourceRoute {
  group: string;
  version: string;
  plural: string;
  namespace?: string;
  name?: string;
  /** `log`, `scale`, `proxy/metrics`. */
  subresource?: string;
}

/** Parses a path without its query; undefined for paths that no API server has. */
export function parsePath(path: string): Route | undefined {
  const parts = decodeParts(path);
  if (!parts) return undefined;
  const [root, ...rest] = parts;
  if (root === 'version' && rest.length === 0) return { type: 'version' };
  if (['healthz', 'livez', 'readyz'].includes(root ?? '')) return { type: 'health' };
  if (root === 'api') {
    if (rest.length === 0) return { type: 'core-versions' };
    return resourceRoute('', rest[0]!, rest.slice(1));
  }
  if (root !== 'apis') return undefined;
  if (rest.length === 0) return { type: 'groups' };
  if (rest.length === 1) return { type: 'group', group: rest[0]! };
  return resourceRoute(rest[0]!, rest[1]!, rest.slice(2));
}

function resourceRoute(group: string, version: string, parts: string[]): Route {
  if (parts.length === 0) return { type: 'group-version', group, version };
  const base = { type: 'resource' as const, group, version };
  // /namespaces/NAME and its subresources address the Namespace itself.
  const inNamespace =
    parts[0] === 'namespaces' &&
    parts.length >= 3 &&
    !(parts.length === 3 && ['status', 'finalize'].includes(parts[2]!));
  const [plural = '', name, ...sub] = inNamespace ? parts.slice(2) : parts;
  return {
    ...base,
    plural,
    ...(inNamespace ? { namespace: parts[1] } : {}),
    ...(name === undefined ? {} : { name }),
    ...(sub.length > 0 ? { subresource: sub.join('/') } : {}),
  };
}

function decodeParts(path: string): string[] | undefined {
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

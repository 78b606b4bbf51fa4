import { parse as parseYaml } from 'yaml';
import { isRecord } from '../../../shared/json.ts';
import type { TransportRequest } from '../../transport.ts';
import type { KubeObject } from '../../types.ts';
import type { Served } from '../catalogue.ts';
import type { ResourceRoute } from '../serve/route.ts';
import { textOf } from '../serve/selection.ts';
import { badRequest, unsupportedMediaType } from '../status.ts';

/** The request's body: an object of the caller's as a copy, or text and bytes parsed as JSON or YAML. */
export function bodyOf(request: TransportRequest): unknown {
  if (request.contentType && !/json|yaml/.test(request.contentType)) {
    throw unsupportedMediaType(['application/json', 'application/yaml']);
  }
  const { body } = request;
  const text =
    typeof body === 'string' ? body : body instanceof Uint8Array ? Buffer.from(body).toString() : undefined;
  if (text === undefined) return structuredClone(body);
  if (text.trim() === '') return undefined;
  try {
    return parseYaml(text, { maxAliasCount: 100 });
  } catch {
    throw badRequest('the object provided is unrecognized: the body is neither JSON nor YAML');
  }
}

/** The body as an object of the kind and in the namespace that the path names. */
export function objectBody(request: TransportRequest, served: Served, route: ResourceRoute): KubeObject {
  const body = bodyOf(request);
  if (!isRecord(body))
    throw badRequest('the object provided is unrecognized: an object is wanted as the body');
  const apiVersion = served.group ? `${served.group}/${route.version}` : route.version;
  const kind = body['kind'] ?? served.kind;
  if (kind !== served.kind || (body['apiVersion'] ?? apiVersion) !== apiVersion) {
    const sent = `${body['apiVersion'] ?? apiVersion}, Kind=${kind}`;
    throw badRequest(
      `the API version in the data (${sent}) does not match the expected API version (${apiVersion}, Kind=${served.kind})`,
    );
  }
  const metadata = isRecord(body['metadata']) ? { ...body['metadata'] } : {};
  delete metadata['managedFields'];
  const namespace = metadata['namespace'];
  if (served.namespaced) {
    if (namespace && route.namespace && namespace !== route.namespace) {
      throw badRequest(
        'the namespace of the provided object does not match the namespace sent on the request',
      );
    }
    metadata['namespace'] = route.namespace;
  } else delete metadata['namespace'];
  return { ...body, apiVersion, kind: served.kind, metadata } as KubeObject;
}

/** `dryRun=All`, in the query or in DeleteOptions: answer as if, change nothing. */
export function isDryRun(request: TransportRequest, options?: unknown): boolean {
  const inBody = isRecord(options) && Array.isArray(options['dryRun']) ? options['dryRun'] : [];
  const values = [textOf(request.query, 'dryRun'), ...inBody].filter(Boolean);
  const unknown = values.find(value => value !== 'All');
  if (unknown) throw badRequest(`Invalid value: "${unknown}": dryRun must be All`);
  return values.length > 0;
}

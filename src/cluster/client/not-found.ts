import { nearest } from '../../shared/nearest.ts';
import { ApiError } from '../errors.ts';
import type { ApiResource } from '../types.ts';
import type { ClientContext } from './context.ts';
import { assertNamespaceExists, listNames } from './namespaces.ts';
import { pathOf } from './paths.ts';

/**
 * Runs `work` on one named object; when the server does not find it, the error says what is there instead: the
 * nearest names of that kind in that namespace, and the namespaces where an object of this name does exist.
 */
export async function explainingNotFound<T>(
  context: ClientContext,
  resource: ApiResource,
  namespace: string | undefined,
  name: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError) || error.statusCode !== 404) throw error;
    throw await notFound(context, resource, namespace, name, signal, error);
  }
}

async function notFound(
  context: ClientContext,
  resource: ApiResource,
  namespace: string | undefined,
  name: string,
  signal: AbortSignal,
  error: ApiError,
): Promise<Error> {
  const [here, elsewhere] = await Promise.all([
    listNames(context, pathOf(resource, { namespace }), {}, signal),
    namespace
      ? listNames(context, pathOf(resource), { fieldSelector: `metadata.name=${name}` }, signal)
      : Promise.resolve([]),
  ]);
  if (namespace && here.length === 0) {
    const missing = await assertNamespaceExists(context, namespace, signal).then(
      () => undefined,
      (reason: Error) => reason,
    );
    if (missing) return missing;
  }
  // It is there: something below it (a subresource, a container) was not found, and the server has said which.
  if (here.some(other => other.name === name)) return error;
  const near = nearest(
    name,
    here.map(other => other.name),
  );
  const others = [
    ...new Set(elsewhere.filter(other => other.name === name).map(other => other.namespace)),
  ].slice(0, 5);
  const where = namespace ? ` in the namespace ${namespace}` : '';
  const hints = [
    others.length > 0 ? `It exists in the namespace ${others.join(' and in ')}.` : '',
    near.length > 0 ? `Did you mean ${near.join(' or ')}?` : '',
    here.length === 0 ? `There is no ${resource.kind}${where} at all.` : '',
  ].filter(Boolean);
  return new ApiError(404, error.status, {
    message: `The ${resource.kind} ${name} does not exist${where}.`,
    hint: hints.join(' ') || `There are ${here.length} others of this kind${where}.`,
  });
}

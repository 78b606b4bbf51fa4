import { ApiError, type Status } from '../errors.ts';
import type { ApiResource } from '../types.ts';

type Details = NonNullable<Status['details']>;
type Named = Pick<ApiResource, 'group' | 'plural' | 'kind'>;

/** One thing that is wrong with an object, as the API server's 422 lists it. */
export interface Cause {
  reason: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
  field: string;
  message: string;
}

/** `deployments.apps`, `pods`: a resource as the API server's messages name it. */
export function qualified(resource: Pick<ApiResource, 'group' | 'plural'>): string {
  return resource.group ? `${resource.plural}.${resource.group}` : resource.plural;
}

export function failure(code: number, reason: string, message: string, details?: Details): ApiError {
  const status: Status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code };
  return new ApiError(code, details ? { ...status, details } : status);
}

export function notFound(resource: Named, name: string): ApiError {
  return failure(404, 'NotFound', `${qualified(resource)} "${name}" not found`, detailsOf(resource, name));
}

/** The answer to a path that names nothing the snapshot serves. */
export function unknownPath(): ApiError {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function methodNotAllowed(): ApiError {
  return failure(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

export function badRequest(message: string): ApiError {
  return failure(400, 'BadRequest', message);
}

export function alreadyExists(resource: Named, name: string): ApiError {
  return failure(
    409,
    'AlreadyExists',
    `${qualified(resource)} "${name}" already exists`,
    detailsOf(resource, name),
  );
}

export const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(resource: Named, name: string, why = MODIFIED): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`;
  return failure(409, 'Conflict', message, detailsOf(resource, name));
}

export function invalid(resource: Named, name: string, causes: Cause[]): ApiError {
  const said = causes.map(cause => `${cause.field}: ${cause.message}`);
  const list = said.length === 1 ? said[0] : `[${said.join(', ')}]`;
  const kind = resource.group ? `${resource.kind}.${resource.group}` : resource.kind;
  return failure(422, 'Invalid', `${kind} "${name}" is invalid: ${list}`, {
    name,
    group: resource.group,
    kind: resource.kind,
    causes,
  });
}

export function unsupportedMediaType(accepted: string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return failure(415, 'UnsupportedMediaType', message);
}

function detailsOf(resource: Named, name: string): Details {
  return { name, group: resource.group || undefined, kind: resource.plural };
}

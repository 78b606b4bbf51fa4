import type { KvError } from '../../shared/errors.ts';
import { isRecord } from '../../shared/json.ts';
import { cleanText, oneLine } from '../../shared/text.ts';
import { ApiError, ClusterUnreachableError, type Status } from '../errors.ts';
import type { Destination } from './failure.ts';

const REASONS: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** The body of a failed answer as a Status; proxies and load balancers answer with anything, so text is taken as the message. */
export function parseStatus(statusCode: number, body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body);
    if (isRecord(parsed) && parsed['kind'] === 'Status') {
      const status = parsed as unknown as Status;
      return {
        ...status,
        message: typeof status.message === 'string' ? cleanText(status.message) : undefined,
        reason: status.reason || REASONS[statusCode],
        code: statusCode,
      };
    }
  } catch {
    // not JSON: an answer from something in front of the API server
  }
  const text = /<html|<!doctype/i.test(body) ? '' : oneLine(cleanText(body), 300);
  return {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: text || `the server answered ${statusCode}`,
    reason: REASONS[statusCode] ?? '',
    code: statusCode,
  };
}

/** The server answered with something other than 2xx: the sentence a user sees. */
export function explainStatus(statusCode: number, status: Status, to: Destination): KvError {
  const at = `context ${to.context}, server ${to.server}`;
  const message = (status.message ?? '').replace(/\.$/, '');
  if (statusCode === 401) {
    return new ClusterUnreachableError(
      `The cluster does not accept these credentials (${at}): they are expired or wrong.`,
      {
        hint: `Log in again with the tool that issued them, or correct the user of the context ${to.context} in ${to.source}.`,
        facts: { statusCode, reason: status.reason, context: to.context, server: to.server },
      },
    );
  }
  if (statusCode === 403) return explainForbidden(status, message, at);
  if (statusCode === 400 && /HTTP request to an HTTPS server/i.test(message)) {
    return new ClusterUnreachableError(
      `The cluster cannot be reached (${at}): the server speaks HTTPS, not plain HTTP.`,
      {
        hint: `Use https:// for this server in ${to.source}.`,
        facts: { statusCode, context: to.context, server: to.server },
      },
    );
  }
  if (statusCode >= 300 && statusCode < 400) {
    return new ApiError(statusCode, status, {
      message: `The server answered with a redirect (${statusCode}) instead of the Kubernetes API (${at}).`,
      hint: 'A login page or a proxy may stand in front of it: log in again, or correct the server address.',
    });
  }
  const budget = status.details?.causes?.find(cause => cause.reason === 'DisruptionBudget');
  if (budget) {
    return new ApiError(statusCode, status, {
      message: `A PodDisruptionBudget forbids this eviction: ${oneLine(cleanText(budget.message ?? message), 300)}`,
      hint: 'Wait until more of its pods are healthy, or relax the budget.',
    });
  }
  if (statusCode === 429 || statusCode >= 500) {
    return new ApiError(statusCode, status, {
      message: `The API server could not serve the request (${at}): ${statusCode} ${oneLine(message, 300)}.`,
      hint:
        statusCode === 429
          ? 'It is overloaded or limits this user; try again later.'
          : 'Try again; if it stays, look at the API server itself.',
    });
  }
  return new ApiError(statusCode, status, { message: `${message}.`, hint: hintFor(statusCode, status) });
}

function hintFor(statusCode: number, status: Status): string | undefined {
  if (statusCode !== 409) return undefined;
  if (status.reason === 'AlreadyExists') return 'Change it with apply or patch instead.';
  return status.details?.causes?.some(cause => cause.reason === 'FieldManagerConflict')
    ? 'Others manage these fields: leave them out, or take them over with force.'
    : 'It was changed in the meantime: read it again and repeat the change.';
}

const FORBIDDEN =
  /^(?<object>.*?) is forbidden: User "(?<user>[^"]*)" cannot (?<verb>\S+) resource "(?<resource>[^"]*)" in API group "(?<group>[^"]*)"(?: in the namespace "(?<namespace>[^"]*)"| (?<scope>at the cluster scope))?(?<rest>.*)$/s;
const FORBIDDEN_PATH = /User "(?<user>[^"]*)" cannot (?<verb>\S+) path "(?<path>[^"]*)"/;

function explainForbidden(status: Status, message: string, at: string): ApiError {
  const denied = FORBIDDEN.exec(message)?.groups;
  if (denied) {
    const { user = '', verb, resource, group, namespace, scope, rest = '' } = denied;
    const what = group ? `${resource}.${group}` : resource;
    const where = namespace ? ` in the namespace ${namespace}` : scope ? ' in the whole cluster' : '';
    const why = oneLine(rest.replace(/^:\s*/, ''), 200);
    return new ApiError(403, status, {
      message: `The user ${user} may not ${verb} ${what}${where} (${at})${why ? `: ${why}` : ''}.`,
      hint:
        user === 'system:anonymous'
          ? 'No credentials reached the server: check the user of this context in the kubeconfig.'
          : `Ask a cluster administrator for a role with the verb ${verb} on ${what}, or choose another context or user.`,
    });
  }
  const path = FORBIDDEN_PATH.exec(message)?.groups;
  if (path) {
    return new ApiError(403, status, {
      message: `The user ${path['user']} may not ${path['verb']} the path ${path['path']} (${at}).`,
      hint: 'Ask a cluster administrator for access, or choose another context or user.',
    });
  }
  return new ApiError(403, status, {
    message: `The cluster forbids this (${at}): ${oneLine(message, 300)}.`,
    hint: 'An admission rule or missing right forbids it; the message names which.',
  });
}

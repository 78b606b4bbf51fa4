import { KvError } from '../shared/errors.ts';

/** A Kubernetes `Status` object, as servers answer with on failure. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  status: 'Failure' | 'Success';
  message?: string;
  reason?: string;
  code?: number;
  details?: {
    name?: string;
    group?: string;
    kind?: string;
    causes?: Array<{ reason?: string; message?: string; field?: string }>;
    retryAfterSeconds?: number;
  };
}

/** The API server answered, and the answer was no. `reason` is Kubernetes' own (`NotFound`, `Forbidden`, `Conflict`, …). */
export class ApiError extends KvError {
  readonly statusCode: number;
  readonly reason: string;
  readonly status: Status;

  constructor(statusCode: number, status: Status, options: { message?: string; hint?: string } = {}) {
    super('failed', options.message ?? status.message ?? `the API server answered ${statusCode}`, {
      hint: options.hint,
      facts: { statusCode, reason: status.reason, details: status.details },
    });
    this.statusCode = statusCode;
    this.reason = status.reason ?? '';
    this.status = status;
  }
}

/** No usable connection: refused, timed out, unknown CA, expired credentials, unreadable kubeconfig or snapshot. */
export class ClusterUnreachableError extends KvError {
  constructor(
    message: string,
    options: { hint?: string; facts?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super('cluster-unreachable', message, options);
  }
}

/** True when the API server refused for lack of rights (403). */
export function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.statusCode === 403;
}

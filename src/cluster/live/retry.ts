import type { Status } from '../errors.ts';
import type { TransportRequest } from '../transport.ts';

export interface RetryPolicy {
  /** Attempts in all, the first included. */
  attempts: number;
  /** Upper bound of the first wait; doubles with each attempt (milliseconds). */
  baseMs: number;
  maxMs: number;
}

export const defaultRetryPolicy: RetryPolicy = { attempts: 5, baseMs: 200, maxMs: 5_000 };

/** How one attempt ended: with a status that is not 2xx, or without any answer. */
export type Failure =
  | { type: 'status'; statusCode: number; status: Status; retryAfterMs: number | undefined }
  | { type: 'connection'; code: string };

const REFUSED = new Set(['ECONNREFUSED']);
const TRANSIENT = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
]);

/**
 * True when sending the request twice changes nothing: reads, dry runs, and the review kinds that are answered
 * and never stored.
 */
export function isSafe(request: Pick<TransportRequest, 'method' | 'path' | 'query'>): boolean {
  if (request.method === 'GET') return true;
  if (request.query?.['dryRun'] === 'All') return true;
  return (
    request.method === 'POST' &&
    /^\/apis\/(authorization|authentication)\.k8s\.io\/[^?]*reviews$/.test(request.path)
  );
}

/**
 * Whether a failed attempt may be repeated. A write that may have been applied never is: only a 429 (turned away
 * before any work) and a refused connection (never arrived) are certain. An eviction that a PodDisruptionBudget
 * forbids is also a 429, and an answer, not a traffic jam.
 */
export function mayRetry(request: TransportRequest, failure: Failure): boolean {
  const safe = isSafe(request);
  if (failure.type === 'connection') return safe ? TRANSIENT.has(failure.code) : REFUSED.has(failure.code);
  if (failure.statusCode === 429) {
    return !failure.status.details?.causes?.some(cause => cause.reason === 'DisruptionBudget');
  }
  return safe && failure.statusCode >= 500 && failure.statusCode !== 501;
}

/**
 * Milliseconds before the attempt after `attempt` (1 for the first): exponential backoff with full jitter
 * (random between nothing and the bound), and never sooner than the server's `Retry-After`.
 */
export function retryDelay(
  policy: RetryPolicy,
  attempt: number,
  failure: Failure,
  random: () => number,
): number {
  const bound = Math.min(policy.maxMs, policy.baseMs * 2 ** (attempt - 1));
  const jittered = random() * bound;
  return failure.type === 'status' ? Math.max(jittered, failure.retryAfterMs ?? 0) : jittered;
}

/** `Retry-After` in milliseconds: seconds or an HTTP date, falling back to the Status' `retryAfterSeconds`. */
export function retryAfterMs(header: string | undefined, status: Status, nowMs: number): number | undefined {
  if (header !== undefined) {
    if (/^\d+(\.\d+)?$/.test(header.trim())) return Number(header) * 1000;
    const date = Date.parse(header);
    if (!Number.isNaN(date)) return Math.max(0, date - nowMs);
  }
  const seconds = status.details?.retryAfterSeconds;
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined;
}

import { Random } from './random.ts';

const PATHS = [
  '/api/v1/items',
  '/api/v1/cart',
  '/healthz',
  '/api/v1/prices',
  '/api/v1/users/me',
  '/metrics',
  '/api/v1/orders',
];
const NOTES = [
  'cache refreshed',
  'connection pool resized to 16',
  'slow query took 812ms table=orders',
  'retrying request to payments attempt=2',
  'token for service account renewed',
  'garbage collection paused 14ms',
];

/**
 * Kubelet-stamped access-log lines of an ordinary service, the newest at `end` (Unix milliseconds). `unavailable`
 * is the share of requests that are answered with 503, `slowness` how many times longer than usual requests take.
 */
export function* accessLog(
  seed: number,
  lines: number,
  end: number,
  { unavailable = 0.004, slowness = 1 }: { unavailable?: number; slowness?: number } = {},
): Generator<string> {
  const random = new Random(seed);
  const step = 1_700;
  for (let i = 0; i < lines; i++) {
    const at = new Date(end - (lines - i) * step);
    const time = `${at.toISOString().slice(0, -1)}${String(random.int(100_000, 999_999))}Z`;
    if (random.next() < 0.02) yield `${time} level=warn msg="${random.pick(NOTES)}" id=${i}`;
    else {
      const status = random.next() < unavailable ? 503 : random.next() < 0.01 ? 404 : 200;
      yield `${time} level=info method=GET path=${random.pick(PATHS)} status=${status} dur=${Math.round(random.int(1, 90) * slowness)}ms trace=${random.uid().slice(0, 18)} bytes=${random.int(90, 9000)}`;
    }
  }
}

/** `lines` with one more of `text` every `everyMs` from `start` (Unix milliseconds) on, in order of time. */
export function* mixedWith(
  lines: Iterable<string>,
  text: (n: number) => string,
  start: number,
  everyMs: number,
): Generator<string> {
  let n = 0;
  for (const line of lines) {
    const at = Date.parse(line.slice(0, line.indexOf(' ')));
    for (let due = start + n * everyMs; due <= at; due = start + n * everyMs) {
      yield `${new Date(due).toISOString().slice(0, -1)}000000Z ${text(n)}`;
      n += 1;
    }
    yield line;
  }
}

/** A log with timeouts of calls to payments from `start` on, one every `everyMs`. */
export function paymentsTimeouts(lines: Iterable<string>, start: number, everyMs: number): Iterable<string> {
  const text = (n: number) =>
    `level=error msg="timeout calling payments" url=http://payments.shop.svc/v2/charges after=2000ms attempt=${1 + (n % 3)}`;
  return mixedWith(lines, text, start, everyMs);
}

/** Kubelet-stamped lines, `gapMs` apart, the last at `end`. */
export function stamped(texts: string[], end: number, gapMs = 40): string[] {
  return texts.map((text, i) => {
    const at = new Date(end - (texts.length - 1 - i) * gapMs);
    return `${at.toISOString().slice(0, -1)}${String(100_000 + i * 137)}Z ${text}`;
  });
}

/** A seed of its own for every name (FNV-1a), so that no two pods log the same. */
export function seedOf(text: string): number {
  let hash = 2_166_136_261;
  for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619);
  return hash >>> 0;
}

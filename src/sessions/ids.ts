/** Digits and small letters without those that look alike (i, l, o, u). In ASCII order, so ids sort by time. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const SLOTS_PER_DAY = 32 ** 4;
const DAY_MS = 86_400_000;

/**
 * The id of a session begun at `now` (Unix milliseconds): the UTC day and the time of day in steps of 82 ms, as in
 * `2026-11-21-7f3k`. Short, readable aloud, and in order of time.
 */
export function sessionId(now: number): string {
  const slot = Math.floor(((now % DAY_MS) / DAY_MS) * SLOTS_PER_DAY);
  let suffix = '';
  for (let rest = slot, digit = 0; digit < 4; digit++) {
    suffix = ALPHABET[rest % 32] + suffix;
    rest = Math.floor(rest / 32);
  }
  return `${new Date(now).toISOString().slice(0, 10)}-${suffix}`;
}

/** Far enough from `now` to give the next id, for a session begun within the same step. */
export const ID_STEP_MS = Math.ceil(DAY_MS / SLOTS_PER_DAY);

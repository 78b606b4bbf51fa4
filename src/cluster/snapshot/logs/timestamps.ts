/**
 * The kubelet's prefix of a line: RFC 3339 with nanoseconds (always nine digits since 1.9, trailing zeros cut
 * by older ones) and a space.
 */
const PREFIX = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?(?:Z|[+-]\d\d:\d\d)(?: |$)/;
/** Any leading time, the application's own included. */
const LEADING = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))/;
/** No prefix is longer than this. */
export const PREFIX_BYTES = 37;
const SAMPLE_LINES = 40;

/**
 * Whether the lines at the start of a log carry the kubelet's timestamps. Applications write RFC 3339 too, but
 * hardly with more than six digits: at least one line must have seven, and every line a prefix.
 */
export function hasKubeletTimestamps(head: string, whole: boolean): boolean {
  const lines = head.split('\n');
  // The last line may be cut; where it is the only one, its prefix is there all the same.
  if ((!whole && lines.length > 1) || lines.at(-1) === '') lines.pop();
  const sample = lines.slice(0, SAMPLE_LINES).map(line => PREFIX.exec(line));
  return sample.length > 0 && sample.every(Boolean) && sample.some(match => (match![1]?.length ?? 0) >= 7);
}

/** Bytes of the kubelet's prefix at the start of a line. */
export function prefixLength(line: Buffer): number {
  return PREFIX.exec(line.toString('latin1', 0, PREFIX_BYTES))?.[0].length ?? 0;
}

/** The time a line starts with, in Unix milliseconds; undefined when it starts with none. */
export function leadingTime(line: Buffer): number | undefined {
  const found = LEADING.exec(line.toString('latin1', 0, PREFIX_BYTES));
  const time = found ? Date.parse(found[1]!) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** Levenshtein distance with adjacent transpositions (optimal string alignment), case-insensitive. */
export function editDistance(left: string, right: string): number {
  const a = left.toLowerCase();
  const b = right.toLowerCase();
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, beforeLast[j - 2]! + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

const LONGEST = 500;

/**
 * The candidates that someone who typed `wanted` most likely meant, best first: same start or containment
 * counts as near, otherwise at most a third of the letters may differ.
 */
export function nearest(wanted: string, candidates: Iterable<string>, limit = 3): string[] {
  const scored: Array<{ name: string; score: number }> = [];
  // Nothing has such a name, and comparing it would take long.
  if (wanted.length > LONGEST) return [];
  const lower = wanted.toLowerCase();
  const lengthOff = (name: string) => Math.abs(name.length - wanted.length);
  for (const name of new Set(candidates)) {
    const other = name.toLowerCase();
    const distance = editDistance(lower, other);
    const allowed = Math.max(1, Math.ceil(Math.max(lower.length, other.length) / 3));
    const contains =
      lower.length >= 3 && (other.includes(lower) || (other.length >= 3 && lower.includes(other)));
    if (distance <= allowed) scored.push({ name, score: distance });
    else if (contains) scored.push({ name, score: allowed + Math.abs(other.length - lower.length) / 100 });
  }
  return scored
    .sort(
      (x, y) => x.score - y.score || lengthOff(x.name) - lengthOff(y.name) || x.name.localeCompare(y.name),
    )
    .slice(0, limit)
    .map(item => item.name);
}

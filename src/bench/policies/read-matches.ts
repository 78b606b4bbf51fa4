const POD = String.raw`[a-z0-9-]+\/[a-z0-9-]+`;

/** What a rendered log search tells: how many lines matched, by pod, and the time of each pod's first match. */
export interface Matches {
  total: number;
  /** By `namespace/pod`. */
  counts: Map<string, number>;
  first: Map<string, string>;
}

/**
 * Reads `304 lines match, …`, the counts by pod (given where not all matches are shown), and the matches themselves
 * under their pod's line.
 */
export function readMatches(text: string): Matches {
  const total = Number(/^(\d+) (?:matching )?lines/m.exec(text)?.[1] ?? 0);
  const counts = new Map<string, number>();
  const first = new Map<string, string>();
  for (const [, pod, count] of text.matchAll(new RegExp(`(${POD}): (\\d+)\\b`, 'g')))
    counts.set(pod!, Number(count));
  const isListed = /^matches by pod:/m.test(text);
  let pod: string | undefined;
  for (const line of text.split('\n')) {
    const head = new RegExp(`^(${POD}) \\S+:$`).exec(line)?.[1];
    if (head || line.startsWith('unreadable:')) {
      pod = head;
      continue;
    }
    if (!pod) continue;
    const time = /^(?:> )?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)/.exec(line)?.[1];
    if (time && !first.has(pod)) first.set(pod, time);
    const more = /^\(the same line (\d+) more times\)$/.exec(line)?.[1];
    if (!isListed) counts.set(pod, (counts.get(pod) ?? 0) + Number(more ?? 1));
  }
  return { total, counts, first };
}

/** Counts by pod, summed by service. */
export function byService(counts: ReadonlyMap<string, number>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [pod, count] of counts) {
    const name = pod.replace(/-[a-z0-9]+-[a-z0-9]{5}$|-\d+$/, '');
    sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return sums;
}

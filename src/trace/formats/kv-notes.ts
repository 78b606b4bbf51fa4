import type { Database } from 'better-sqlite3';

interface Lost {
  place: string;
  count: number;
}

/** What limits what can be concluded from a file of kv's own, in sentences. */
export function notesOf(db: Database, meta: ReadonlyMap<string, string>): string[] {
  const keptFrom = Number(meta.get('kept_from'));
  return [
    ...(meta.has('ended')
      ? []
      : [
          'The recording was cut off or still goes on: what came last, up to half a second, is not in the file.',
        ]),
    ...(keptFrom > 0
      ? [
          `Calls, switches and events of the first ${(keptFrom / 1e9).toFixed(1)} s were given up to keep the file within its size; totals are of the whole recording.`,
        ]
      : []),
    ...drops(db),
    ...[...meta].filter(([key]) => key.startsWith('note_')).map(([, note]) => note),
  ];
}

function drops(db: Database): string[] {
  const lost = db
    .prepare('SELECT place, sum(count) AS count FROM drops GROUP BY place ORDER BY 2 DESC')
    .all() as Lost[];
  const stacks = lost.filter(({ place }) => place === 'stacks');
  const events = lost.filter(({ place }) => place !== 'stacks');
  const total = events.reduce((sum, { count }) => sum + count, 0);
  const where = events.map(({ place, count }) => `${place} ${count.toLocaleString('en')}`).join(', ');
  return [
    ...(total > 0 ? [`${total.toLocaleString('en')} events were dropped while recording (${where}).`] : []),
    ...stacks.map(({ count }) => `${count.toLocaleString('en')} calls were recorded without their stacks.`),
  ];
}

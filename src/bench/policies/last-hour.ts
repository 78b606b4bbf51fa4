import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { type Row, readTable } from './read-table.ts';
import { steps } from './steps.ts';

/** What changed and what went wrong in the last hour, in order, without the routine of CronJobs. */
export const lastHour: Policy = {
  code: () =>
    script(
      'Events of the last hour, routine left out, one line for what repeats.',
      `
const { items } = await k8s.events({ namespace: '*', sinceSeconds: 3600, limit: 10000 });
const kept = items.filter(e => !e.object.startsWith('CronJob/') && !e.object.startsWith('Job/') && !/^(Pulled|Created|Started|BackOff)$/.test(e.type === 'Normal' ? e.reason : ''));
const rows = new Map<string, { first: string; last: string; count: number; text: string }>();
for (const e of kept) {
  const object = e.object.replace(/^Pod\\/(.*)-[a-z0-9]+-[a-z0-9]{5}$/, 'pods of $1');
  const key = e.namespace + object + e.reason + (e.type === 'Normal' ? e.message : '');
  const row = rows.get(key) ?? { first: '~', last: '', count: 0, text: \`\${e.type === 'Warning' ? 'WARNING ' : ''}\${e.namespace}, \${object}: \${e.reason}: \${e.message.slice(0, 160)}\` };
  const first = e.firstSeen ?? e.lastSeen;
  rows.set(key, { ...row, first: first < row.first ? first : row.first, last: e.lastSeen > row.last ? e.lastSeen : row.last, count: row.count + e.count });
}
return finish([...rows.values()].sort((a, b) => a.first < b.first ? -1 : 1).map(r => \`- \${r.first.slice(11, 19)}\${r.count > 1 ? \` (\${r.count} times, last \${r.last.slice(11, 19)})\` : ''} \${r.text}\`).join('\\n'));`,
    ),
  tools: steps(
    () => [{ name: 'k8s.events', input: { namespace: '*', sinceSeconds: 3600, limit: 10_000 } }],
    ([[text = ''] = []]) => hourAnswer(readTable(text)),
  ),
};

function hourAnswer(events: Row[]): string {
  const rows = new Map<string, { first: string; last: string; count: number; text: string }>();
  for (const event of events) {
    const { object = '', reason = '', namespace = '', message = '', type, lastSeen = '' } = event;
    if (/^(Cron)?Job\//.test(object)) continue;
    if (type !== 'Warning' && /^(Pulled|Created|Started|BackOff)$/.test(reason)) continue;
    const about = object.replace(/^Pod\/(.*)-[a-z0-9]+-[a-z0-9]{5}$/, 'pods of $1');
    const key = namespace + about + reason + (type === 'Warning' ? '' : message);
    const warning = type === 'Warning' ? 'WARNING ' : '';
    const row = rows.get(key) ?? {
      first: '~',
      last: '',
      count: 0,
      text: `${warning}${namespace}, ${about}: ${reason}: ${message.slice(0, 160)}`,
    };
    const first = event.firstSeen ?? lastSeen;
    rows.set(key, {
      ...row,
      first: first < row.first ? first : row.first,
      last: lastSeen > row.last ? lastSeen : row.last,
      count: row.count + Number(event.count ?? 1),
    });
  }
  const time = (text: string) => /\d\d:\d\d:\d\d/.exec(text)?.[0] ?? '';
  return [...rows.values()]
    .sort((a, b) => (a.first < b.first ? -1 : 1))
    .map(
      row =>
        `- ${time(row.first)}${row.count > 1 ? ` (${row.count} times, last ${time(row.last)})` : ''} ${row.text}`,
    )
    .join('\n');
}

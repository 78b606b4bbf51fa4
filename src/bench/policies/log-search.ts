import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { readMatches } from './read-matches.ts';
import { steps } from './steps.ts';

const PATTERN = 'payments.*time.?out|time.?out.*payments';

/**
 * Timeouts to payments by service, with the first one of each: one search over all logs. A server that can only read
 * the logs of one pod after the other has no road to the answer: the half hour that counts is 400,000 lines.
 */
export const timeoutSearch: Policy = {
  code: () =>
    script(
      'Searching all logs; the first match of each pod is enough for "since when".',
      `
const found = await k8s.grepLogs({ namespace: '*', pattern: '${PATTERN}', ignoreCase: true, maxMatches: 1000, maxMatchesPerPod: 1 });
const service = (pod: string) => pod.replace(/-[a-z0-9]+-[a-z0-9]{5}$/, '');
const rows: Record<string, { count: number; pods: number; since: string }> = {};
for (const [pod, count] of Object.entries(found.counts)) {
  const row = rows[service(pod)] ??= { count: 0, pods: 0, since: '~' };
  row.count += count;
  row.pods += 1;
}
for (const m of found.matches) {
  const row = rows[service(m.namespace + '/' + m.pod)]!;
  if (m.time < row.since) row.since = m.time;
}
return finish(\`\${found.total} timeouts calling payments:\\n\` + Object.entries(rows).sort((a, b) => b[1].count - a[1].count)
  .map(([name, r]) => \`- \${name}: \${r.count} from \${r.pods} pods, since \${r.since.slice(0, 19)}Z\`).join('\\n'));`,
    ),
  tools: steps(
    () => [
      {
        name: 'k8s.grepLogs',
        input: {
          namespace: '*',
          pattern: PATTERN,
          ignoreCase: true,
          maxMatches: 1000,
          maxMatchesPerPod: 1,
        },
      },
    ],
    ([[text = ''] = []]) => {
      const { counts, first } = readMatches(text);
      return timeoutAnswer(counts, first);
    },
  ),
};

function timeoutAnswer(counts: Map<string, number>, first: Map<string, string>): string {
  const rows = new Map<string, { count: number; pods: number; since: string }>();
  for (const [pod, count] of counts) {
    const service = pod.replace(/-[a-z0-9]+-[a-z0-9]{5}$/, '');
    const row = rows.get(service) ?? { count: 0, pods: 0, since: '~' };
    const since = first.get(pod) ?? '~';
    rows.set(service, {
      count: row.count + count,
      pods: row.pods + 1,
      since: since < row.since ? since : row.since,
    });
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const list = [...rows].sort((a, b) => b[1].count - a[1].count);
  return [
    `${total} timeouts calling payments:`,
    ...list.map(([name, row]) => `- ${name}: ${row.count} from ${row.pods} pods, since ${row.since}Z`),
  ].join('\n');
}

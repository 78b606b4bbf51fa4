import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { byService, readMatches } from './read-matches.ts';
import { steps } from './steps.ts';

interface Share {
  /** RE2 for the lines of all requests, and for those that count. */
  all: string;
  counted: string;
  threshold: number;
  /** `answer more than 1 % of requests with 5xx`. */
  words: string;
}

/** The services of which more than a share of requests is of some sort: two counts over all access logs. */
export function requestShares({ all, counted, threshold, words }: Share): Policy {
  return {
    code: () =>
      script(
        'Counting requests in all logs, and those that matter.',
        `
const count = async (pattern: string) => {
  const sums: Record<string, number> = {};
  for (const [pod, n] of Object.entries((await k8s.grepLogs({ namespace: '*', pattern, maxMatches: 1 })).counts)) {
    const name = pod.replace(/-[a-z0-9]+-[a-z0-9]{5}$|-\\d+$/, '');
    sums[name] = (sums[name] ?? 0) + n;
  }
  return sums;
};
const [requests, counted] = await Promise.all([count(${JSON.stringify(all)}), count(${JSON.stringify(counted)})]);
const rows = Object.keys(requests).map(name => ({ name, n: requests[name]!, of: counted[name] ?? 0 }));
const high = rows.filter(r => r.of / r.n > ${threshold}).sort((a, b) => b.of / b.n - a.of / a.n);
return finish(\`\${high.length} of \${rows.length} services ${words}:\\n\` + high.map(r => \`- \${r.name}: \${(100 * r.of / r.n).toFixed(1)} % (\${r.of} of \${r.n})\`).join('\\n'));`,
      ),
    tools: steps(
      () =>
        [all, counted].map(pattern => ({
          name: 'k8s.grepLogs',
          input: { namespace: '*', pattern, maxMatches: 1 },
        })),
      ([[every = '', some = ''] = []]) => {
        const requests = byService(readMatches(every).counts);
        const matching = byService(readMatches(some).counts);
        const rows = [...requests].map(([name, n]) => ({ name, n, of: matching.get(name) ?? 0 }));
        const high = rows.filter(row => row.of / row.n > threshold).sort((a, b) => b.of / b.n - a.of / a.n);
        const list = high.map(
          row => `- ${row.name}: ${((100 * row.of) / row.n).toFixed(1)} % (${row.of} of ${row.n})`,
        );
        return [`${high.length} of ${rows.length} services ${words}:`, ...list].join('\n');
      },
    ),
  };
}

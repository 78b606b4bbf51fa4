import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { byService, readMatches } from './read-matches.ts';
import { type Call, steps } from './steps.ts';

const LOUD = 'level=(warn|error|fatal)';
const SINCE_SECONDS = 600;

/** What services complain about: distinct messages with their counts, over all logs of the last ten minutes. */
export const complaints: Policy = {
  code: () =>
    script(
      'All warnings and errors of the last ten minutes, grouped by message.',
      `
const { matches, total } = await k8s.grepLogs({ namespace: '*', pattern: '${LOUD}', sinceSeconds: ${SINCE_SECONDS}, maxMatches: 10000, maxMatchesPerPod: 1000 });
const groups = new Map<string, { count: number; services: Set<string> }>();
for (const m of matches) {
  const key = \`\${/level=(\\w+)/.exec(m.line)![1]} \${(/msg="((?:[^"\\\\]|\\\\.)*)"/.exec(m.line)?.[1] ?? m.line).replace(/\\d+/g, 'N')}\`;
  const group = groups.get(key) ?? { count: 0, services: new Set<string>() };
  group.count += 1;
  group.services.add(m.namespace + '/' + m.pod.replace(/-[a-z0-9]+-[a-z0-9]{5}$|-\\d+$/, ''));
  groups.set(key, group);
}
return finish(\`\${total} lines, \${groups.size} distinct messages:\\n\` + [...groups].sort((a, b) => b[1].count - a[1].count)
  .map(([text, g]) => \`- \${g.count} times from \${g.services.size} services\${g.services.size < 5 ? ' (' + [...g.services].join(', ') + ')' : ''}: \${text}\`).join('\\n'));`,
    ),
  tools: steps(
    () => SAMPLES.map(level => search(`level=${level}`, 100, 1)),
    ([samples = []]) => messagesOf(samples).map(({ pattern }) => search(pattern, 1, 1)),
    ([samples = [], counts = []]) => {
      const rows = messagesOf(samples).map((message, i) => {
        const found = readMatches(counts[i] ?? '');
        return { ...message, count: found.total, services: [...byService(found.counts).keys()] };
      });
      const total = samples.reduce((sum, sample) => sum + readMatches(sample).total, 0);
      return [
        `${total} lines, ${rows.length} distinct messages:`,
        ...rows
          .sort((a, b) => b.count - a.count)
          .map(
            ({ count, services, level, text }) =>
              `- ${count} times from ${services.length} services${services.length < 5 ? ` (${services.join(', ')})` : ''}: ${level} ${text}`,
          ),
      ].join('\n');
    },
  ),
};

/** Sampled apart, so that the many warnings do not hide the few errors. */
const SAMPLES = ['(error|fatal)', 'warn'];

function search(pattern: string, maxMatches: number, maxMatchesPerPod: number): Call {
  return {
    name: 'k8s.grepLogs',
    input: { namespace: '*', pattern, sinceSeconds: SINCE_SECONDS, maxMatches, maxMatchesPerPod },
  };
}

interface Message {
  level: string;
  /** Numbers left open: `slow query took Nms`. */
  text: string;
  pattern: string;
}

/** Distinct messages of the samples. */
function messagesOf(samples: string[]): Message[] {
  const found = new Map<string, Message>();
  for (const [, level, raw] of samples.join('\n').matchAll(/level=(\w+) msg="((?:[^"\\]|\\.)*)"/g)) {
    const text = raw!.replace(/\d+/g, 'N');
    const escaped = raw!.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\d+/g, '\\d+');
    found.set(`${level} ${text}`, { level: level!, text, pattern: `level=${level} msg="${escaped}"` });
  }
  return [...found.values()];
}

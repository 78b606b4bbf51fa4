import type { Policy } from '../policy.ts';
import { report, returned, script } from './answers.ts';
import { hasLog, isFailing, peerCalls, peerFacts, peerPods } from './peer-pods.ts';
import { readTable } from './read-table.ts';
import { steps } from './steps.ts';

interface Crash {
  pod: string;
  namespace: string;
  restarts: number;
  exit?: string;
  lines: string[];
}

/** One crashing workload by plain reads: its pods, their events, the log of the run that died. */
export const crashCause: Policy = {
  code: turn =>
    turn.index === 0
      ? script(
          'The failing pods of promotions, how they ended, and what they last said.',
          `
const { items } = await k8s.pods({ problemsOnly: true });
const bad = items.filter(p => p.name.startsWith('promotions'));
const [events, ...logs] = await Promise.all([
  k8s.events({ name: 'promotions*' }),
  ...bad.map(p => k8s.logs({ pod: p.name, previous: true, tailLines: 5 })),
]);
return {
  pods: bad.map((p, i) => ({ pod: p.name, namespace: p.namespace, restarts: p.restarts,
    exit: p.lastExit && \`\${p.lastExit.reason} (exit \${p.lastExit.code})\`, lines: logs[i]!.lines })),
  events: [...new Set(events.items.map(e => e.reason))],
};`,
        )
      : crashReport(returned<{ pods: Crash[] }>(turn).pods),
  tools: steps(
    () => [
      { name: 'k8s.pods', input: { problemsOnly: true } },
      { name: 'k8s.events', input: { name: 'promotions*' } },
    ],
    ([[pods = ''] = []]) =>
      crashing(pods).map(({ pod }) => ({ name: 'k8s.logs', input: { pod, previous: true, tailLines: 5 } })),
    ([[pods = ''] = [], logs = []]) =>
      crashReport(crashing(pods).map((item, i) => ({ ...item, lines: (logs[i] ?? '').split('\n') }))),
  ),
  peers: {
    'kubernetes-mcp-server': steps(
      () => [
        { name: 'pods_list_in_namespace', input: { namespace: 'pricing' } },
        { name: 'events_list', input: { namespace: 'pricing' } },
      ],
      ([[pods = ''] = []]) => failing(pods).flatMap(peerCalls),
      ([[pods = ''] = [], answers = []]) =>
        crashReport(
          failing(pods).map((pod, i) => ({
            pod: pod.name,
            namespace: pod.namespace,
            restarts: pod.restarts,
            exit: peerFacts(answers[i * 2] ?? '').lastExit,
            lines: (answers[i * 2 + 1] ?? '').split('\n'),
          })),
        ),
    ),
  },
};

/** Rows of `k8s.pods`; two pods may be told as blocks instead of a table. */
function crashing(text: string): Omit<Crash, 'lines'>[] {
  const rows = readTable(text).filter(row => row.name?.startsWith('promotions'));
  return rows.map(row => ({
    pod: row.name!,
    namespace: row.namespace ?? 'pricing',
    restarts: Number(row.restarts ?? 0),
    exit: row['lastExit.reason'] ?? /reason: (\w+)/.exec(row.lastExit ?? '')?.[1],
  }));
}

function failing(text: string) {
  return peerPods(text).filter(pod => pod.name.startsWith('promotions') && isFailing(pod) && hasLog(pod));
}

function crashReport(pods: Crash[]): string {
  const first = pods[0];
  const said = first?.lines.filter(line => line.trim() !== '') ?? [];
  const line = said.findLast(item => /fatal|panic|error/i.test(item)) ?? said.at(-1) ?? '';
  const message = /msg="(.*?[^\\])"/.exec(line)?.[1] ?? line;
  return report({
    rootCause: `The container of promotions ends on every start with: ${message}. ${pods.length} of its pods are affected, restarted up to ${Math.max(0, ...pods.map(pod => pod.restarts))} times.`,
    affected: pods.map(pod => `Pod ${pod.namespace}/${pod.pod}`),
    evidence: first ? [[line, `k8s.logs ${first.namespace}/${first.pod}`]] : [],
    remediation: [
      'Create the database role, or correct the role name that promotions connects with, then restart it.',
    ],
    ruledOut: [`memory: the container ended with ${first?.exit ?? 'an exit code'} and not OOMKilled`],
  });
}

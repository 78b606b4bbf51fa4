import type { Policy } from '../policy.ts';
import { report, script } from './answers.ts';
import { hasLog, isFailing, peerCalls, peerFacts, peerPods } from './peer-pods.ts';
import { type Row, readTable } from './read-table.ts';
import { type Call, steps } from './steps.ts';

/** Every failing pod, grouped by workload and cause, with the line that decides: of the log where one ran, else of the status. */
export const clusterScan: Policy = {
  code: () =>
    script(
      'All failing pods by workload and cause, each group with its decisive line.',
      `
const { items, count } = await k8s.pods({ namespace: '*', problemsOnly: true });
const groups = new Map<string, PodRow[]>();
for (const p of items) {
  const key = \`\${p.namespace}/\${p.owner ?? p.name}: \${p.lastExit?.reason === 'OOMKilled' ? 'OOMKilled' : p.reason ?? p.status}\`;
  groups.set(key, [...(groups.get(key) ?? []), p]);
}
const rows = await Promise.all([...groups].map(async ([key, pods]) => {
  const p = pods[0]!;
  const ran = p.restarts > 0 || p.status === 'Running';
  const { lines } = ran ? await k8s.logs({ pod: p.name, namespace: p.namespace, previous: p.restarts > 0, tailLines: 5 }) : { lines: [] };
  const line = lines.findLast(l => /fatal|panic|error/i.test(l)) ?? (p.restarts === 0 ? p.message : undefined) ?? lines.at(-1) ?? '';
  return { key, pods, line, from: ran ? 'k8s.logs' : 'k8s.pods' };
}));
return finish(\`REPORT
Verdict: cause-found
Root cause: \${items.length} of \${count} pods fail, in \${rows.length} groups: \${rows.map(r => \`\${r.key} (\${r.pods.length})\`).join('; ')}
Confidence: high
Affected:
\${items.map(p => \`- Pod \${p.namespace}/\${p.name}\`).join('\\n')}
Evidence:
\${rows.map(r => \`- "\${r.line}" — \${r.from} \${r.pods[0]!.namespace}/\${r.pods[0]!.name}\`).join('\\n')}\`);`,
    ),
  tools: steps(
    () => [{ name: 'k8s.pods', input: { namespace: '*', problemsOnly: true } }],
    ([[text = ''] = []]) =>
      groupsOf(readTable(text).map(podOf)).flatMap(({ pods: [pod] }) => (pod!.ran ? [logCall(pod!)] : [])),
    ([[text = ''] = [], logs = []]) => {
      const pods = readTable(text).map(podOf);
      const all = /count: (\d+)/.exec(text)?.[1] ?? '';
      const rest = [...logs];
      const groups = groupsOf(pods).map(group => ({
        ...group,
        line: lineOf(group.pods[0]!, group.pods[0]!.ran ? (rest.shift() ?? '') : ''),
      }));
      return scanReport(pods, groups, all, 'k8s.logs');
    },
  ),
  peers: {
    'kubernetes-mcp-server': steps(
      () => [{ name: 'pods_list', input: {} }],
      ([[text = ''] = []]) => {
        const first = groupsOf(failingPeers(text)).map(group => group.pods[0]!.name);
        const pods = peerPods(text).filter(pod => first.includes(pod.name));
        const namespaces = [...new Set(pods.map(pod => pod.namespace))];
        return [
          ...pods.flatMap(peerCalls),
          ...namespaces.map(namespace => ({ name: 'events_list', input: { namespace } })),
        ];
      },
      ([[text = ''] = [], answers = []]) => {
        const pods = failingPeers(text);
        const rest = [...answers];
        const groups = groupsOf(pods).map(group => {
          const pod = group.pods[0]!;
          const { message, lastExit } = peerFacts(rest.shift() ?? '');
          const line = lineOf({ ...pod, message }, pod.ran ? (rest.shift() ?? '') : '');
          const isOom = lastExit === 'OOMKilled';
          return { ...group, key: isOom ? `${pod.namespace}/${pod.workload}: OOMKilled` : group.key, line };
        });
        const all = String(peerPods(text).length);
        return scanReport(pods, groups, all, 'pods_log');
      },
    ),
  },
};

interface FailingPod {
  namespace: string;
  name: string;
  workload: string;
  cause: string;
  message: string;
  restarts: number;
  /** It wrote a log that may tell more than its status. */
  ran: boolean;
}

interface Group {
  key: string;
  pods: FailingPod[];
}

function podOf(row: Row): FailingPod {
  const restarts = Number(row.restarts ?? 0);
  const exit = row['lastExit.reason'] ?? /reason: (\w+)/.exec(row.lastExit ?? '')?.[1];
  return {
    namespace: row.namespace ?? '',
    name: row.name ?? '',
    workload: row.owner ?? row.name ?? '',
    cause: exit === 'OOMKilled' ? exit : (row.reason ?? row.status ?? ''),
    message: row.message ?? '',
    restarts,
    ran: restarts > 0 || row.status === 'Running',
  };
}

function failingPeers(text: string): FailingPod[] {
  return peerPods(text)
    .filter(isFailing)
    .map(pod => ({
      namespace: pod.namespace,
      name: pod.name,
      workload: `Deployment/${pod.name.replace(/-[a-z0-9]+-[a-z0-9]{5}$/, '')}`,
      cause: pod.status,
      message: '',
      restarts: pod.restarts,
      ran: hasLog(pod),
    }));
}

function groupsOf(pods: FailingPod[]): Group[] {
  const groups = new Map<string, FailingPod[]>();
  for (const pod of pods) {
    const key = `${pod.namespace}/${pod.workload}: ${pod.cause}`;
    groups.set(key, [...(groups.get(key) ?? []), pod]);
  }
  return [...groups].map(([key, members]) => ({ key, pods: members }));
}

function logCall(pod: FailingPod): Call {
  const { name, namespace, restarts } = pod;
  return { name: 'k8s.logs', input: { pod: name, namespace, previous: restarts > 0, tailLines: 5 } };
}

function lineOf(pod: FailingPod, log: string): string {
  const lines = log.split('\n').filter(line => line.trim() !== '' && !/^pod \S+, container /.test(line));
  const loud = lines.findLast(line => /fatal|panic|error/i.test(line));
  if (loud) return loud;
  return /^(back-off .*)?$/.test(pod.message) ? (lines.at(-1) ?? pod.message) : pod.message;
}

function scanReport(
  pods: FailingPod[],
  groups: Array<Group & { line: string }>,
  all: string,
  logSource: string,
): string {
  return report({
    rootCause: `${pods.length} of ${all} pods fail, in ${groups.length} groups: ${groups.map(group => `${group.key} (${group.pods.length})`).join('; ')}`,
    affected: pods.map(pod => `Pod ${pod.namespace}/${pod.name}`),
    evidence: groups.map(({ line, pods: [pod] }) => [
      line,
      `${pod!.ran ? logSource : 'k8s.pods'} ${pod!.namespace}/${pod!.name}`,
    ]),
  });
}

import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { type PeerPod, peerFacts, peerPods } from './peer-pods.ts';
import { nested, type Row, readTable } from './read-table.ts';
import { steps } from './steps.ts';

const TOP = 10;
/** The host sorts and cuts the list, for scripts and for tool calls. */
const MOST_RESTARTED = {
  kind: 'Pod',
  namespace: '*',
  fields: [
    'status.containerStatuses.restartCount',
    'status.containerStatuses.lastState.terminated.reason',
    'status.containerStatuses.lastState.terminated.exitCode',
    'status.containerStatuses.lastState.terminated.finishedAt',
  ],
  sortBy: '-status.containerStatuses.restartCount',
  limit: TOP,
};

/** The pods that restart most, how each ended last, and the last line of the run that ended. */
export const topRestarts: Policy = {
  code: () =>
    script(
      'The pods with most restarts, each with the last line of its previous run.',
      `
const { items } = await k8s.list(${JSON.stringify(MOST_RESTARTED)});
const last = await Promise.all(items.map(async p => {
  const read = (previous: boolean) => k8s.logs({ pod: p.metadata.name, namespace: p.metadata.namespace, previous, tailLines: 1 });
  return (await read(true)).lines[0] ?? (await read(false)).lines[0] ?? '(no log)';
}));
return finish(items.map((p, i) => {
  const { restartCount, lastState } = p.status.containerStatuses[0];
  const exit = lastState?.terminated;
  return \`- \${p.metadata.namespace}/\${p.metadata.name}: \${restartCount} restarts, last \${exit ? exit.reason + ' (exit ' + exit.exitCode + ') at ' + exit.finishedAt : 'exit 0'}; \${last[i]}\`;
}).join('\\n'));`,
    ),
  tools: steps(
    () => [{ name: 'k8s.list', input: MOST_RESTARTED }],
    ([[text = ''] = []]) =>
      readTable(text).map(row => ({
        name: 'k8s.logs',
        input: { pod: row.name, namespace: row.namespace, previous: true, tailLines: 1 },
      })),
    ([[text = ''] = [], logs = []]) => {
      const missing = readTable(text).filter((_, i) => lastLine(logs[i]) === undefined);
      if (missing.length === 0) return answer(readTable(text), logs, []);
      return missing.map(row => ({
        name: 'k8s.logs',
        input: { pod: row.name, namespace: row.namespace, tailLines: 1 },
      }));
    },
    ([[text = ''] = [], logs = [], current = []]) => answer(readTable(text), logs, current),
  ),
  peers: {
    'kubernetes-mcp-server': steps(
      () => [{ name: 'pods_list', input: {} }],
      ([[text = ''] = []]) =>
        topPeers(text).flatMap(({ name, namespace }) => [
          { name: 'pods_get', input: { name, namespace } },
          { name: 'pods_log', input: { name, namespace, previous: true, tail: 1 } },
        ]),
      ([[text = ''] = [], answers = []]) => {
        const silent = topPeers(text).filter((_, i) => lastLine(answers[i * 2 + 1]) === undefined);
        if (silent.length === 0) return peerAnswer(topPeers(text), answers, []);
        return silent.map(({ name, namespace }) => ({
          name: 'pods_log',
          input: { name, namespace, tail: 1 },
        }));
      },
      ([[text = ''] = [], answers = [], current = []]) => peerAnswer(topPeers(text), answers, current),
    ),
  },
};

function topPeers(text: string): PeerPod[] {
  return peerPods(text)
    .sort((a, b) => b.restarts - a.restarts)
    .slice(0, TOP);
}

function peerAnswer(pods: PeerPod[], answers: string[], current: string[]): string {
  const rest = [...current];
  return pods
    .map(({ namespace, name, restarts }, i) => {
      const { lastExit, exitCode, exitAt } = peerFacts(answers[i * 2] ?? '');
      const line = lastLine(answers[i * 2 + 1]) ?? lastLine(rest.shift()) ?? '(no log)';
      return `- ${namespace}/${name}: ${restarts} restarts, last ${lastExit ?? '?'} (exit ${exitCode ?? 0}) at ${exitAt ?? '?'}; ${line}`;
    })
    .join('\n');
}

interface Status {
  restartCount: number;
  lastState?: { terminated?: { reason?: string; exitCode?: number; finishedAt?: string } };
}

function lastLine(text: string | undefined): string | undefined {
  return text
    ?.split('\n')
    .filter(line => /level=|^INFO|panic|goroutine|^\[|status=/.test(line))
    .at(-1);
}

function answer(rows: Row[], logs: string[], current: string[]): string {
  const rest = [...current];
  return rows
    .map((row, i) => {
      const status = nested<Status[]>(row['status.containerStatuses'])?.[0];
      const exit = status?.lastState?.terminated;
      const line = lastLine(logs[i]) ?? lastLine(rest.shift()) ?? '(no log)';
      return `- ${row.namespace}/${row.name}: ${status?.restartCount} restarts, last ${exit?.reason ?? '?'} (exit ${exit?.exitCode ?? 0}) at ${exit?.finishedAt ?? '?'}; ${line}`;
    })
    .join('\n');
}

import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { readMatches } from './read-matches.ts';
import { readTable } from './read-table.ts';
import { steps } from './steps.ts';

const SINCE_SECONDS = 600;

/** Running pods without a log line for ten minutes. */
export const silentPods: Policy = {
  code: () =>
    script(
      'Lines of the last ten minutes of all pods, against the pods that run.',
      `
const [pods, logs] = await Promise.all([
  k8s.list({ kind: 'Pod', namespace: '*', fieldSelector: 'status.phase=Running', fields: ['spec.nodeName', 'status.containerStatuses.state.waiting.reason'] }),
  k8s.grepLogs({ namespace: '*', pattern: ' ', sinceSeconds: ${SINCE_SECONDS}, maxMatches: 1 }),
]);
const id = (p: KubeObject) => p.metadata.namespace + '/' + p.metadata.name;
const running = pods.items.filter(p => !p.status?.containerStatuses?.some((c: any) => c.state?.waiting));
const silent = running.filter(p => !logs.counts[id(p)]);
return finish(\`\${silent.length} of \${running.length} running pods wrote nothing in the last ten minutes:\\n\` + silent.map(p => \`- \${id(p)} on \${p.spec.nodeName}\`).join('\\n'));`,
    ),
  tools: steps(
    () => [
      {
        name: 'k8s.list',
        input: {
          kind: 'Pod',
          namespace: '*',
          fieldSelector: 'status.phase=Running',
          fields: ['spec.nodeName', 'status.containerStatuses.state.waiting.reason'],
        },
      },
      {
        name: 'k8s.grepLogs',
        input: { namespace: '*', pattern: ' ', sinceSeconds: SINCE_SECONDS, maxMatches: 1 },
      },
    ],
    ([[pods = '', logs = ''] = []]) => {
      const loud = readMatches(logs).counts;
      const running = readTable(pods).filter(row => !/BackOff/.test(Object.values(row).join(' ')));
      const silent = running.filter(row => !loud.has(`${row.namespace}/${row.name}`));
      return [
        `${silent.length} of ${running.length} running pods wrote nothing in the last ten minutes:`,
        ...silent.map(row => `- ${row.namespace}/${row.name} on ${row['spec.nodeName']}`),
      ].join('\n');
    },
  ),
};

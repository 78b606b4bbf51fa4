import type { Policy } from '../policy.ts';
import { report, returned, script } from './answers.ts';
import { readTable } from './read-table.ts';
import { steps } from './steps.ts';

interface Facts {
  pod: string;
  asks: string;
  message: string;
  gpus: Record<string, number>;
}

/** A pod that waits for GPUs: what it asks for, what the scheduler says, what nodes have. */
export const pendingGpu: Policy = {
  code: turn =>
    turn.index === 0
      ? script(
          'What trainer asks for, what the scheduler said, and the GPUs of all nodes.',
          `
const [pods, events, nodes] = await Promise.all([
  k8s.list({ kind: 'Pod', name: 'trainer*', fields: ['spec.containers.resources.requests'] }),
  k8s.events({ name: 'trainer*' }),
  k8s.list({ kind: 'Node', fields: ['status.allocatable'] }),
]);
const gpus: Record<string, number> = {};
for (const n of nodes.items) if (n.status.allocatable['nvidia.com/gpu']) gpus[n.metadata.name] = Number(n.status.allocatable['nvidia.com/gpu']);
return {
  pod: pods.items[0]?.metadata.name,
  asks: pods.items[0]?.spec.containers[0].resources.requests['nvidia.com/gpu'],
  message: events.items.find(e => e.reason === 'FailedScheduling')?.message,
  gpus,
};`,
        )
      : gpuReport(returned<Facts>(turn)),
  tools: steps(
    () => [
      { name: 'k8s.pods', input: { problemsOnly: true } },
      { name: 'k8s.events', input: { name: 'trainer*' } },
      { name: 'k8s.list', input: { kind: 'Node', fields: ['status.allocatable'] } },
    ],
    ([[pods = '', events = '', nodes = ''] = []]) => {
      const gpus: Record<string, number> = {};
      for (const row of readTable(nodes)) {
        const count = /nvidia\.com\/gpu: "?(\d+)/.exec(Object.values(row).join(' '))?.[1];
        if (count) gpus[row.name!] = Number(count);
      }
      return gpuReport({
        pod: /trainer-[a-z0-9]+-[a-z0-9]+/.exec(pods)?.[0] ?? 'trainer',
        asks: /nvidia\.com\/gpu: "?(\d+)/.exec(pods)?.[1] ?? '',
        message: /\d+\/\d+ nodes are available:[^"\t\n]*/.exec(events)?.[0]?.trim() ?? '',
        gpus,
      });
    },
  ),
};

function gpuReport({ pod, asks, message, gpus }: Facts): string {
  const most = Math.max(0, ...Object.values(gpus));
  const nodes = Object.keys(gpus);
  return report({
    rootCause: `trainer asks for ${asks} nvidia.com/gpu in one pod, and no node has that many: ${nodes.join(' and ')} have ${most} each, and both are tainted.`,
    affected: [`Pod ml/${pod}`],
    evidence: [[message, 'k8s.events ml/trainer']],
    remediation: [
      `Request at most ${most} GPU per pod (and tolerate the taint nvidia.com/gpu), or add a node with ${asks} GPUs.`,
    ],
    ruledOut: ['a crash: the pod was never scheduled'],
  });
}

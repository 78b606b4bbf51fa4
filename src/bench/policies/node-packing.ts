import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { nested, readTable } from './read-table.ts';
import { steps } from './steps.ts';

/** Pods that still take room: what has ended gives it back. */
const NOT_ENDED = 'status.phase!=Succeeded,status.phase!=Failed';

/** Requested against allocatable CPU by node, with the namespaces that request most there. */
export const nodePacking: Policy = {
  code: () =>
    script(
      'Requests of all pods by node, against what nodes can give.',
      `
const [nodes, pods] = await Promise.all([
  k8s.list({ kind: 'Node', fields: ['status.allocatable.cpu'] }),
  k8s.list({ kind: 'Pod', namespace: '*', fieldSelector: '${NOT_ENDED}', fields: ['spec.nodeName', 'spec.containers.resources.requests.cpu'] }),
]);
const cores = (q?: string) => !q ? 0 : q.endsWith('m') ? parseFloat(q) / 1000 : parseFloat(q);
const rows = nodes.items.map(n => {
  const by: Record<string, number> = {};
  let asked = 0;
  for (const p of pods.items) if (p.spec.nodeName === n.metadata.name) {
    const cpu = (p.spec.containers ?? []).reduce((s: number, c: any) => s + cores(c.resources?.requests?.cpu), 0);
    asked += cpu;
    by[p.metadata.namespace!] = (by[p.metadata.namespace!] ?? 0) + cpu;
  }
  const most = Object.entries(by).sort((a, b) => b[1] - a[1]).slice(0, 2);
  return { name: n.metadata.name, asked, can: cores(n.status.allocatable.cpu), most };
}).sort((a, b) => b.asked / b.can - a.asked / a.can);
return finish(rows.map(r => \`- \${r.name}: \${r.asked.toFixed(2)} of \${r.can.toFixed(2)} CPU requested (\${Math.round(100 * r.asked / r.can)} %); most by \${r.most.map(([ns, cpu]) => \`\${ns} \${cpu.toFixed(2)}\`).join(', ')}\`).join('\\n'));`,
    ),
  tools: steps(
    () => [
      { name: 'k8s.list', input: { kind: 'Node', fields: ['status.allocatable.cpu'] } },
      {
        name: 'k8s.list',
        input: {
          kind: 'Pod',
          namespace: '*',
          fieldSelector: NOT_ENDED,
          fields: ['spec.nodeName', 'spec.containers.resources.requests.cpu'],
        },
      },
    ],
    ([[nodeText = '', podText = ''] = []]) => {
      const pods = readTable(podText);
      const rows = readTable(nodeText).map(node => {
        const by = new Map<string, number>();
        for (const pod of pods) {
          if (pod['spec.nodeName'] !== node.name) continue;
          by.set(pod.namespace ?? '', (by.get(pod.namespace ?? '') ?? 0) + requested(pod));
        }
        const asked = [...by.values()].reduce((sum, cpu) => sum + cpu, 0);
        const most = [...by].sort((a, b) => b[1] - a[1]).slice(0, 2);
        return {
          name: node.name,
          asked,
          can: cores(/\d+m?$/.exec(Object.values(node).find(value => /^"?\d+m/.test(value)) ?? '')?.[0]),
          most,
        };
      });
      rows.sort((a, b) => b.asked / b.can - a.asked / a.can);
      return rows
        .map(
          row =>
            `- ${row.name}: ${row.asked.toFixed(2)} of ${row.can.toFixed(2)} CPU requested (${Math.round((100 * row.asked) / row.can)} %); most by ${row.most.map(([name, cpu]) => `${name} ${cpu.toFixed(2)}`).join(', ')}`,
        )
        .join('\n');
    },
  ),
};

function requested(pod: Record<string, string>): number {
  const containers = nested<Array<{ resources?: { requests?: { cpu?: string } } }>>(pod['spec.containers']);
  return (containers ?? []).reduce(
    (sum, container) => sum + cores(String(container.resources?.requests?.cpu ?? '')),
    0,
  );
}

function cores(quantity: string | undefined): number {
  if (!quantity) return 0;
  return quantity.endsWith('m') ? Number.parseFloat(quantity) / 1000 : Number.parseFloat(quantity);
}

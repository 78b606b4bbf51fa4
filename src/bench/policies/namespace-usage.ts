import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { readTable } from './read-table.ts';
import { steps } from './steps.ts';

const GIBI = 1_073_741_824;

/** CPU and memory by namespace: requested, used, and how much of what is requested lies idle. */
export const namespaceUsage: Policy = {
  code: () =>
    script(
      'Use and requests of all pods, by namespace.',
      `
const { items } = await k8s.top({ namespace: '*', limit: 10000 });
const by = new Map<string, number[]>();
for (const p of items) {
  const sums = by.get(p.namespace!) ?? [0, 0, 0, 0];
  [p.cpu.request ?? 0, p.cpu.used, p.memory.request ?? 0, p.memory.used].forEach((n, i) => sums[i]! += n);
  by.set(p.namespace!, sums);
}
const rows = [...by].sort((a, b) => (b[1][0]! - b[1][1]!) - (a[1][0]! - a[1][1]!));
return finish('CPU and memory by namespace, most idle CPU first:\\n' + rows.map(([ns, [cpu, usedCpu, mem, usedMem]]) =>
  \`- \${ns}: \${(cpu! / 1000).toFixed(2)} CPU requested, \${(usedCpu! / 1000).toFixed(2)} used; \${(mem! / ${GIBI}).toFixed(1)}Gi requested, \${(usedMem! / ${GIBI}).toFixed(1)}Gi used\`).join('\\n'));`,
    ),
  tools: steps(
    () => [{ name: 'k8s.top', input: { namespace: '*', limit: 10_000 } }],
    ([[text = ''] = []]) => {
      const by = new Map<string, number[]>();
      for (const row of readTable(text)) {
        const sums = by.get(row.namespace ?? '') ?? [0, 0, 0, 0];
        const columns = ['cpu.request', 'cpu.used', 'memory.request', 'memory.used'];
        by.set(
          row.namespace ?? '',
          columns.map((column, i) => sums[i]! + Number(row[column] ?? 0)),
        );
      }
      const rows = [...by].sort((a, b) => b[1][0]! - b[1][1]! - (a[1][0]! - a[1][1]!));
      return [
        'CPU and memory by namespace, most idle CPU first:',
        ...rows.map(
          ([name, [cpu, usedCpu, memory, usedMemory]]) =>
            `- ${name}: ${(cpu! / 1000).toFixed(2)} CPU requested, ${(usedCpu! / 1000).toFixed(2)} used; ${(memory! / GIBI).toFixed(1)}Gi requested, ${(usedMemory! / GIBI).toFixed(1)}Gi used`,
        ),
      ].join('\n');
    },
  ),
};

import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { readTable } from './read-table.ts';
import { steps } from './steps.ts';

const PERCENT = 90;
const MEBI = 1_048_576;

/** Pods that use nearly all memory they may. */
export const nearLimit: Policy = {
  code: () =>
    script(
      'Memory use of all pods against their limits.',
      `
const { items } = await k8s.top({ namespace: '*', limit: 10000 });
const near = items.filter(p => p.memory.limit && p.memory.used > ${PERCENT / 100} * p.memory.limit).sort((a, b) => b.memory.used / b.memory.limit! - a.memory.used / a.memory.limit!);
const mi = (n: number) => Math.round(n / ${MEBI}) + 'Mi';
return finish(\`\${near.length} of \${items.length} pods use more than ${PERCENT} % of their memory limit:\\n\` + near.map(p => \`- \${p.namespace}/\${p.name}: \${mi(p.memory.used)} of \${mi(p.memory.limit!)} (\${Math.round(100 * p.memory.used / p.memory.limit!)} %)\`).join('\\n'));`,
    ),
  tools: steps(
    () => [{ name: 'k8s.top', input: { namespace: '*', limit: 10_000 } }],
    ([[text = ''] = []]) => {
      const rows = readTable(text).map(row => ({
        name: `${row.namespace}/${row.name}`,
        used: Number(row['memory.used'] ?? 0),
        limit: Number(row['memory.limit'] ?? 0),
      }));
      const near = rows
        .filter(row => row.limit > 0 && row.used > (PERCENT / 100) * row.limit)
        .sort((a, b) => b.used / b.limit - a.used / a.limit);
      const mi = (bytes: number) => `${Math.round(bytes / MEBI)}Mi`;
      return [
        `${near.length} of ${rows.length} pods use more than ${PERCENT} % of their memory limit:`,
        ...near.map(
          row =>
            `- ${row.name}: ${mi(row.used)} of ${mi(row.limit)} (${Math.round((100 * row.used) / row.limit)} %)`,
        ),
      ].join('\n');
    },
  ),
};

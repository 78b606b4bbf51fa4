import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { nested, readTable } from './read-table.ts';
import { steps } from './steps.ts';

const MEBI = 1_048_576;
/** With their names: fields leave out what has none of them. */
const LIMITS = [
  'spec.template.spec.containers.name',
  'spec.template.spec.containers.resources.limits.memory',
];

interface Container {
  resources?: { limits?: { memory?: string } };
}

/** Containers without a memory limit, and workloads whose pods use more than twice what they request. */
export const memoryAudit: Policy = {
  code: () =>
    script(
      'Limits of all workloads, and use against requests of all pods.',
      `
const kinds = ['Deployment', 'StatefulSet', 'DaemonSet'];
const [lists, top] = await Promise.all([
  Promise.all(kinds.map(kind => k8s.list({ kind, namespace: '*', fields: ${JSON.stringify(LIMITS)} }))),
  k8s.top({ namespace: '*', limit: 10000 }),
]);
const unlimited = lists.flatMap(l => l.items).filter(w => w.spec.template.spec.containers.some((c: any) => !c.resources?.limits?.memory))
  .map(w => \`- \${w.metadata.namespace}/\${w.metadata.name}\`);
const use = new Map<string, { used: number; asked: number; pods: number }>();
for (const p of top.items) {
  const name = (p.namespace + '/' + p.name).replace(/-[a-z0-9]+-[a-z0-9]{5}$|-\\d+$/, '');
  const u = use.get(name) ?? { used: 0, asked: 0, pods: 0 };
  use.set(name, { used: u.used + p.memory.used, asked: u.asked + (p.memory.request ?? 0), pods: u.pods + 1 });
}
const over = [...use].filter(([, u]) => u.asked > 0 && u.used > 2 * u.asked).sort((a, b) => b[1].used / b[1].asked - a[1].used / a[1].asked);
const mi = (bytes: number) => Math.round(bytes / ${MEBI}) + 'Mi';
return finish(\`Without a memory limit (\${unlimited.length}):
\${unlimited.join('\\n')}
Using more than twice the memory they request (\${over.length}):
\${over.map(([name, u]) => \`- \${name}: \${mi(u.used)} used, \${mi(u.asked)} requested by \${u.pods} pods\`).join('\\n')}\`);`,
    ),
  tools: steps(
    () => [
      ...['Deployment', 'StatefulSet', 'DaemonSet'].map(kind => ({
        name: 'k8s.list',
        input: { kind, namespace: '*', fields: LIMITS },
      })),
      { name: 'k8s.top', input: { namespace: '*', limit: 10_000 } },
    ],
    ([texts = []]) => {
      const top = texts.at(-1) ?? '';
      const unlimited = texts.slice(0, -1).flatMap(text =>
        readTable(text)
          .filter(row =>
            nested<Container[]>(row['spec.template.spec.containers'])?.some(
              c => !c.resources?.limits?.memory,
            ),
          )
          .map(row => `- ${row.namespace}/${row.name}`),
      );
      const use = new Map<string, { used: number; asked: number; pods: number }>();
      for (const row of readTable(top)) {
        const name = `${row.namespace}/${row.name}`.replace(/-[a-z0-9]+-[a-z0-9]{5}$|-\d+$/, '');
        const u = use.get(name) ?? { used: 0, asked: 0, pods: 0 };
        use.set(name, {
          used: u.used + Number(row['memory.used'] ?? 0),
          asked: u.asked + Number(row['memory.request'] ?? 0),
          pods: u.pods + 1,
        });
      }
      const over = [...use]
        .filter(([, u]) => u.asked > 0 && u.used > 2 * u.asked)
        .sort((a, b) => b[1].used / b[1].asked - a[1].used / a[1].asked);
      const mi = (bytes: number) => `${Math.round(bytes / MEBI)}Mi`;
      return [
        `Without a memory limit (${unlimited.length}):`,
        ...unlimited,
        `Using more than twice the memory they request (${over.length}):`,
        ...over.map(
          ([name, u]) => `- ${name}: ${mi(u.used)} used, ${mi(u.asked)} requested by ${u.pods} pods`,
        ),
      ].join('\n');
    },
  ),
};

import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { readTable } from './read-table.ts';
import { steps } from './steps.ts';

const KINDS = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** Pods that run another image than the template of their workload asks for. */
export const imageSkew: Policy = {
  code: () =>
    script(
      'Images of all pods against the templates of their workloads.',
      `
const kinds = ${JSON.stringify(KINDS)};
const [lists, pods] = await Promise.all([
  Promise.all(kinds.map(kind => k8s.list({ kind, namespace: '*', fields: ['spec.template.spec.containers.image'] }))),
  k8s.list({ kind: 'Pod', namespace: '*', fields: ['spec.containers.image'] }),
]);
const images = (containers: any[]) => containers.map(c => c.image).join(', ');
const wanted = new Map(lists.flatMap((l, i) => l.items.map(w => [w.metadata.namespace + '/' + w.metadata.name, { kind: kinds[i], images: images(w.spec.template.spec.containers) }])));
const skewed = new Map<string, number>();
let checked = 0;
for (const p of pods.items) {
  const workload = p.metadata.name.replace(/-[a-z0-9]+-[a-z0-9]{5}$|-\\d+$/, '');
  const want = wanted.get(p.metadata.namespace + '/' + workload);
  if (!want) continue;
  checked += 1;
  const has = images(p.spec.containers);
  const text = \`\${p.metadata.namespace}/\${want.kind}/\${workload}: \${has} instead of \${want.images}\`;
  if (has !== want.images) skewed.set(text, (skewed.get(text) ?? 0) + 1);
}
return finish(\`Of \${checked} pods these run another image than their workload asks for:\\n\` + ([...skewed].map(([text, n]) => \`- \${text}, \${n} pods\`).join('\\n') || '- none'));`,
    ),
  tools: steps(
    () => [
      ...KINDS.map(kind => ({
        name: 'k8s.list',
        input: { kind, namespace: '*', fields: ['spec.template.spec.containers.image'] },
      })),
      { name: 'k8s.list', input: { kind: 'Pod', namespace: '*', fields: ['spec.containers.image'] } },
    ],
    got => {
      const lists = got[0] ?? [];
      const podText = lists.at(-1) ?? '';
      const wanted = new Map<string, { kind: string; images: string }>(
        lists
          .slice(0, -1)
          .flatMap((text, i) =>
            readTable(text).map(
              row => [`${row.namespace}/${row.name}`, { kind: KINDS[i]!, images: imagesOf(row) }] as const,
            ),
          ),
      );
      const skewed = new Map<string, number>();
      let checked = 0;
      for (const row of readTable(podText)) {
        const name = `${row.namespace}/${row.name}`.replace(/-[a-z0-9]+-[a-z0-9]{5}$|-\d+$/, '');
        const want = wanted.get(name);
        if (!want) continue;
        checked += 1;
        const has = imagesOf(row);
        if (has === want.images) continue;
        const text = `${name.replace('/', `/${want.kind}/`)}: ${has} instead of ${want.images}`;
        skewed.set(text, (skewed.get(text) ?? 0) + 1);
      }
      const rows = [...skewed].map(([text, n]) => `- ${text}, ${n} pods`);
      return [
        `Of ${checked} pods these run another image than their workload asks for:`,
        ...(rows.length > 0 ? rows : ['- none']),
      ].join('\n');
    },
  ),
};

function imagesOf(row: Record<string, string>): string {
  return [
    ...Object.values(row)
      .join(' ')
      .matchAll(/image: ([^\s,}\]]+)/g),
  ]
    .map(match => match[1])
    .join(', ');
}

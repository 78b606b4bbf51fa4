import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { readTable } from './read-table.ts';
import { steps } from './steps.ts';

/** Pods that run another image than the template of their workload asks for. */
export const imageSkew: Policy = {
  code: () =>
    script(
      'Images of all pods against the templates of their workloads.',
      `
const [pods, ...lists] = await Promise.all([
  k8s.list({ kind: 'Pod', namespace: '*', fields: ['metadata.ownerReferences', 'metadata.labels', 'spec.containers'] }),
  ...['Deployment', 'StatefulSet', 'DaemonSet'].map(kind => k8s.list({ kind, namespace: '*', fields: ['kind', 'spec.template.spec.containers'] })),
]);
const images = (containers: any[]) => containers.map(c => c.image).join(', ');
const wanted = new Map(lists.flatMap(l => l.items).map(w => [\`\${w.metadata.namespace}/\${w.kind}/\${w.metadata.name}\`, images(w.spec.template.spec.containers)]));
const skewed = new Map<string, number>();
let checked = 0;
for (const p of pods.items) {
  const owner = p.metadata.ownerReferences?.[0];
  const hash = p.metadata.labels?.['pod-template-hash'];
  const key = owner && \`\${p.metadata.namespace}/\${owner.kind === 'ReplicaSet' ? 'Deployment/' + owner.name.slice(0, -1 - hash!.length) : owner.kind + '/' + owner.name}\`;
  const want = key && wanted.get(key);
  if (!want) continue;
  checked += 1;
  const has = images(p.spec.containers);
  if (has !== want) skewed.set(\`\${key}: \${has} instead of \${want}\`, (skewed.get(\`\${key}: \${has} instead of \${want}\`) ?? 0) + 1);
}
return finish(\`Of \${checked} pods these run another image than their workload asks for:\\n\` + ([...skewed].map(([text, n]) => \`- \${text}, \${n} pods\`).join('\\n') || '- none'));`,
    ),
  tools: steps(
    () => [
      { name: 'k8s.list', input: { kind: 'Pod', namespace: '*', fields: ['spec.containers.image'] } },
      ...KINDS.map(kind => ({
        name: 'k8s.list',
        input: { kind, namespace: '*', fields: ['spec.template.spec.containers.image'] },
      })),
    ],
    got => {
      const [podText = '', ...lists] = got[0] ?? [];
      const wanted = new Map<string, { kind: string; images: string }>(
        lists.flatMap((text, i) =>
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

const KINDS = ['Deployment', 'StatefulSet', 'DaemonSet'];

function imagesOf(row: Record<string, string>): string {
  return [
    ...Object.values(row)
      .join(' ')
      .matchAll(/image: ([^\s,}\]]+)/g),
  ]
    .map(match => match[1])
    .join(', ');
}

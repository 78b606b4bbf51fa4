import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { readTable } from './read-table.ts';
import { steps } from './steps.ts';

const ZONE = 'topology.kubernetes.io/zone';

/** Workloads whose replicas would all go with one node or one zone. */
export const spread: Policy = {
  code: () =>
    script(
      'Nodes and zones of the replicas of every workload.',
      `
const [nodes, pods] = await Promise.all([k8s.list({ kind: 'Node', fields: ['metadata.labels'] }), k8s.list({ kind: 'Pod', namespace: '*', fields: ['spec.nodeName'] })]);
const zone = new Map(nodes.items.map(n => [n.metadata.name, n.metadata.labels?.['${ZONE}'] ?? '?']));
const places = new Map<string, string[]>();
for (const p of pods.items) if (p.spec?.nodeName) {
  const key = p.metadata.namespace + '/' + p.metadata.name.replace(/-[a-z0-9]+-[a-z0-9]{5}$|-\\d+$/, '');
  places.set(key, [...(places.get(key) ?? []), p.spec.nodeName]);
}
const one = (all: string[]) => all.length > 1 && new Set(all).size === 1;
const onNode = [...places].filter(([, on]) => one(on)).map(([name, on]) => \`- \${name}: \${on.length} replicas, all on \${on[0]}\`);
const inZone = [...places].filter(([, on]) => !one(on) && one(on.map(n => zone.get(n)!))).map(([name, on]) => \`- \${name}: \${on.length} replicas, all in \${zone.get(on[0]!)}\`);
return finish(\`On one node (\${onNode.length}):\\n\${onNode.join('\\n')}\\nIn one zone (\${inZone.length}):\\n\${inZone.join('\\n')}\`);`,
    ),
  tools: steps(
    () => [
      { name: 'k8s.list', input: { kind: 'Node', fields: ['metadata.labels'] } },
      { name: 'k8s.list', input: { kind: 'Pod', namespace: '*', fields: ['spec.nodeName'] } },
    ],
    ([[nodeText = '', podText = ''] = []]) => {
      const zones = new Map(
        readTable(nodeText).map(row => [row.name, /zone-[a-z]\b/.exec(Object.values(row).join(' '))?.[0]]),
      );
      const places = new Map<string, string[]>();
      for (const { namespace, name = '', 'spec.nodeName': node } of readTable(podText)) {
        if (!node) continue;
        const key = `${namespace}/${name.replace(/-[a-z0-9]+-[a-z0-9]{5}$|-\d+$/, '')}`;
        places.set(key, [...(places.get(key) ?? []), node]);
      }
      const one = (all: unknown[]) => all.length > 1 && new Set(all).size === 1;
      const list = [...places];
      const onNode = list.filter(([, on]) => one(on));
      const inZone = list.filter(([, on]) => !one(on) && one(on.map(node => zones.get(node))));
      return [
        `On one node (${onNode.length}):`,
        ...onNode.map(([name, on]) => `- ${name}: ${on.length} replicas, all on ${on[0]}`),
        `In one zone (${inZone.length}):`,
        ...inZone.map(([name, on]) => `- ${name}: ${on.length} replicas, all in ${zones.get(on[0]!)}`),
      ].join('\n');
    },
  ),
};

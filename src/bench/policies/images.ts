import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { readTable } from './read-table.ts';
import { steps } from './steps.ts';

/** What runs, not what templates say: images of all pods, and those without a fixed tag. */
export const imageInventory: Policy = {
  code: () =>
    script(
      'Images of all pods, grouped.',
      `
const { items } = await k8s.list({ kind: 'Pod', namespace: '*', fields: ['spec.containers.image', 'spec.initContainers.image'] });
const images = new Map<string, { pods: number; namespaces: Set<string> }>();
for (const pod of items) for (const c of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
  const seen = images.get(c.image) ?? { pods: 0, namespaces: new Set<string>() };
  seen.pods += 1;
  seen.namespaces.add(pod.metadata.namespace!);
  images.set(c.image, seen);
}
const floating = [...images].filter(([image]) => !image.includes('@') && (/:latest$/.test(image) || !/:[^/]+$/.test(image)));
const foreign = [...images].filter(([image]) => !image.startsWith('registry.example.com/'));
const row = ([image, s]: [string, { pods: number; namespaces: Set<string> }]) => \`- \${image}: \${s.pods} pods in \${[...s.namespaces].join(', ')}\`;
return finish(\`\${images.size} distinct images run in \${items.length} pods.
Tagged :latest or not at all (\${floating.length}):
\${floating.map(row).join('\\n')}
From outside registry.example.com (\${foreign.length}):
\${foreign.map(row).join('\\n')}\`);`,
    ),
  tools: steps(
    () => [
      {
        name: 'k8s.list',
        input: {
          kind: 'Pod',
          namespace: '*',
          fields: ['spec.containers.image', 'spec.initContainers.image'],
        },
      },
    ],
    ([[text = ''] = []]) =>
      imageAnswer(
        readTable(text).map(row => ({
          namespace: row.namespace ?? '',
          images: [
            ...Object.values(row)
              .join(' ')
              .matchAll(/image: ([^\s,}\]]+)/g),
          ].map(match => match[1]!),
        })),
      ),
  ),
  peers: {
    'kubernetes-mcp-server': steps(
      () => [
        { name: 'resources_list', input: { apiVersion: 'apps/v1', kind: 'Deployment' } },
        { name: 'resources_list', input: { apiVersion: 'apps/v1', kind: 'StatefulSet' } },
        { name: 'resources_list', input: { apiVersion: 'apps/v1', kind: 'DaemonSet' } },
      ],
      ([lists = []]) => imageAnswer(lists.flatMap(peerWorkloads)),
    ),
  },
};

/**
 * Its list of pods shows no images, and reading 311 pods one by one costs half a million tokens. Its wide tables of
 * workloads have an IMAGES column, and the ready column tells the pods: what an unfinished rollout still runs is
 * missed that way.
 */
function peerWorkloads(text: string): Array<{ namespace: string; images: string[] }> {
  return text.split('\n').flatMap(line => {
    const [namespace, , kind] = line.split(/\s+/);
    const ready = /\s\d+\/(\d+)\s/.exec(line)?.[1];
    const images = line
      .split(/\s+/)
      .filter(cell => /^[\w.-]+\/[\w./@:-]+$/.test(cell) && !/^apps\/v1$|^\d+\/\d+$/.test(cell));
    if (!namespace || !ready || !/^(Deployment|StatefulSet|DaemonSet)$/.test(kind ?? '')) return [];
    return Array.from({ length: Number(ready) }, () => ({ namespace, images }));
  });
}

function imageAnswer(pods: Array<{ namespace: string; images: string[] }>): string {
  const images = new Map<string, { pods: number; namespaces: Set<string> }>();
  for (const { namespace, images: own } of pods) {
    for (const image of own) {
      const seen = images.get(image) ?? { pods: 0, namespaces: new Set<string>() };
      seen.pods += 1;
      seen.namespaces.add(namespace);
      images.set(image, seen);
    }
  }
  const rows = (list: typeof floating) =>
    list.map(([image, seen]) => `- ${image}: ${seen.pods} pods in ${[...seen.namespaces].join(', ')}`);
  const floating = [...images].filter(
    ([image]) => !image.includes('@') && (/:latest$/.test(image) || !/:[^/]+$/.test(image)),
  );
  const foreign = [...images].filter(([image]) => !image.startsWith('registry.example.com/'));
  return [
    `${images.size} distinct images run in ${pods.length} pods.`,
    `Tagged :latest or not at all (${floating.length}):`,
    ...rows(floating),
    `From outside registry.example.com (${foreign.length}):`,
    ...rows(foreign),
  ].join('\n');
}

import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { readBlocks } from './read-blocks.ts';
import { readTable } from './read-table.ts';
import { steps } from './steps.ts';

const KEY = 'kubectl.kubernetes.io/last-applied-configuration';
const KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Service', 'ConfigMap'];

/** Live objects against what was last applied: every field of the annotation has to be there unchanged. */
export const drift: Policy = {
  code: () =>
    script(
      'Comparing every object with its last-applied configuration.',
      `
const lists = await Promise.all(${JSON.stringify(KINDS)}.map(kind =>
  k8s.list({ kind, namespace: '*', fields: ['kind', 'metadata.annotations', 'spec', 'data'] })));
const differences = (want: any, have: any, path: string): string[] =>
  want !== null && typeof want === 'object'
    ? Object.keys(want).flatMap(k => differences(want[k], have?.[k], path + '.' + k))
    : want === have ? [] : [\`\${path.slice(1)}: applied \${JSON.stringify(want)}, live \${JSON.stringify(have)}\`];
const rows: string[] = [];
let compared = 0;
for (const o of lists.flatMap(l => l.items)) {
  const text = o.metadata.annotations?.['${KEY}'];
  if (!text) continue;
  compared += 1;
  const { spec, data } = JSON.parse(text);
  const found = differences({ spec, data }, { spec: o.spec, data: o.data }, '');
  if (found.length) rows.push(\`- \${o.kind} \${o.metadata.namespace}/\${o.metadata.name}: \${found.join('; ')}\`);
}
return finish(\`\${rows.length} of \${compared} objects differ from their last-applied configuration:\\n\${rows.join('\\n')}\`);`,
    ),
  tools: steps(
    () =>
      KINDS.map(kind => ({
        name: 'k8s.list',
        input: {
          kind,
          namespace: '*',
          fields:
            kind === 'ConfigMap'
              ? ['metadata.annotations', 'data']
              : kind === 'Service'
                ? ['metadata.annotations', 'spec']
                : ['metadata.annotations', 'spec.replicas', 'spec.template.spec.containers'],
        },
      })),
    ([lists = []]) => {
      const rows: string[] = [];
      let compared = 0;
      for (const [i, text] of lists.entries()) {
        for (const live of objectsOf(text)) {
          const applied = live.metadata?.annotations?.[KEY];
          if (!applied) continue;
          compared += 1;
          const want = JSON.parse(applied) as Compared;
          const found = differences(comparable(want), comparable(live), '');
          if (found.length > 0)
            rows.push(`- ${KINDS[i]} ${live.metadata.namespace}/${live.metadata.name}: ${found.join('; ')}`);
        }
      }
      return `${rows.length} of ${compared} objects differ from their last-applied configuration:\n${rows.join('\n')}`;
    },
  ),
};

interface Compared {
  metadata: { name: string; namespace: string; annotations?: Record<string, string> };
  spec?: { replicas?: number; template?: { spec?: { containers?: unknown } } };
  data?: Record<string, string>;
}

/** What was asked for of both sides. */
function comparable({ spec, data }: Compared): unknown {
  return { spec: spec && { replicas: spec.replicas, containers: spec.template?.spec?.containers }, data };
}

function differences(want: unknown, have: unknown, path: string): string[] {
  if (want === undefined) return [];
  if (want !== null && typeof want === 'object') {
    return Object.entries(want).flatMap(([key, value]) =>
      differences(value, (have as Record<string, unknown> | undefined)?.[key], `${path}.${key}`),
    );
  }
  return String(want) === String(have)
    ? []
    : [`${path.slice(1)}: applied ${JSON.stringify(want)}, live ${JSON.stringify(have)}`];
}

/** Large objects are told as blocks, small ones as rows of a table. */
function objectsOf(text: string): Compared[] {
  const blocks = readBlocks<Compared>(text).filter(item => item.metadata);
  if (blocks.length > 0) return blocks;
  return readTable(text).map(row => {
    const applied = Object.entries(row).find(([column]) => column.endsWith(KEY))?.[1];
    const data = Object.entries(row).filter(([column]) => column.startsWith('data.'));
    return {
      metadata: {
        name: row.name ?? '',
        namespace: row.namespace ?? '',
        annotations: applied ? { [KEY]: applied } : undefined,
      },
      data: Object.fromEntries(data.map(([column, value]) => [column.slice('data.'.length), value])),
    };
  });
}

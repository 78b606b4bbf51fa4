import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { readBlocks } from './read-blocks.ts';
import { readTable } from './read-table.ts';
import { steps } from './steps.ts';

const KEY = 'kubectl.kubernetes.io/last-applied-configuration';
const WORKLOAD = ['metadata.annotations', 'spec.replicas', 'spec.template.spec.containers'];
/** What people edit by hand, by kind: both modes compare the same. */
const FIELDS: Record<string, string[]> = {
  Deployment: WORKLOAD,
  StatefulSet: WORKLOAD,
  DaemonSet: WORKLOAD,
  Service: ['metadata.annotations', 'spec'],
  ConfigMap: ['metadata.annotations', 'data'],
};

/** Live objects against what was last applied: what the annotation says of these fields has to be there unchanged. */
export const drift: Policy = {
  code: () =>
    script(
      'Comparing every object with its last-applied configuration.',
      `
const fields: Record<string, string[]> = ${JSON.stringify(FIELDS)};
const lists = await Promise.all(Object.keys(fields).map(kind => k8s.list({ kind, namespace: '*', fields: fields[kind] }).then(l => l.items.map(o => ({ ...o, kind })))));
const differences = (want: any, have: any, path: string): string[] =>
  want !== null && typeof want === 'object'
    ? Object.keys(want).flatMap(k => differences(want[k], have?.[k], path + '.' + k))
    : want === have ? [] : [\`\${path.slice(1)}: applied \${JSON.stringify(want)}, live \${JSON.stringify(have)}\`];
const rows: string[] = [];
let compared = 0;
for (const o of lists.flat()) {
  const text = o.metadata.annotations?.['${KEY}'];
  if (!text) continue;
  compared += 1;
  const { spec, data } = JSON.parse(text);
  const want = o.kind === 'ConfigMap' ? { data } : o.kind === 'Service' ? { spec } : { spec: { replicas: spec.replicas, template: { spec: { containers: spec.template.spec.containers } } } };
  const found = differences(JSON.parse(JSON.stringify(want)), o, '');
  if (found.length) rows.push(\`- \${o.kind} \${o.metadata.namespace}/\${o.metadata.name}: \${found.join('; ')}\`);
}
return finish(\`\${rows.length} of \${compared} objects differ from their last-applied configuration:\\n\${rows.join('\\n')}\`);`,
    ),
  tools: steps(
    () =>
      Object.entries(FIELDS).map(([kind, fields]) => ({
        name: 'k8s.list',
        input: { kind, namespace: '*', fields },
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
            rows.push(
              `- ${Object.keys(FIELDS)[i]} ${live.metadata.namespace}/${live.metadata.name}: ${found.join('; ')}`,
            );
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

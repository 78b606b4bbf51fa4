import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { peerPods } from './peer-pods.ts';
import { nested, readTable } from './read-table.ts';
import { steps } from './steps.ts';

/** "is reports-db running?": one list, one sentence. */
export const podRunning: Policy = {
  code: () =>
    script(
      'Looking for the pods of reports-db.',
      `
const { items } = await k8s.pods();
const mine = items.filter(p => p.name.startsWith('reports-db'));
const said = mine.map(p => \`\${p.name} is \${p.status}, \${p.ready} ready\${p.message ? ': ' + p.message : ''}.\`);
return finish(said.join('\\n') || 'There is no pod named reports-db in this namespace.');`,
    ),
  tools: steps(
    () => [{ name: 'k8s.pods', input: {} }],
    ([[text = ''] = []]) => {
      const line = text.split('\n').find(item => /reports-db-\w+-\w+/.test(item));
      if (!line && !/reports-db/.test(text)) return 'There is no pod named reports-db in this namespace.';
      const name = /reports-db-\w+-\w+/.exec(text)?.[0] ?? 'reports-db';
      const status = /status: (\w+)/.exec(text)?.[1] ?? /\b(Running|Pending|\w+BackOff)\b/.exec(text)?.[0];
      const why = /message: (.*)/.exec(text)?.[1];
      return `${name} is ${status ?? 'in an unknown state'}${why ? `: ${why}` : ''}.`;
    },
  ),
  peers: {
    'kubernetes-mcp-server': steps(
      () => [{ name: 'pods_list_in_namespace', input: { namespace: 'data' } }],
      ([[text = ''] = []]) => {
        const said = peerPods(text)
          .filter(pod => pod.name.startsWith('reports-db'))
          .map(pod => `${pod.name} is ${pod.status}.`);
        return said.join('\n') || 'There is no pod named reports-db in this namespace.';
      },
    ),
  },
};

/** "which image does cart run?". */
export const imageOf: Policy = {
  code: () =>
    script(
      'Reading the deployment.',
      `
const { items } = await k8s.list({ kind: 'Deployment', name: 'cart', fields: ['spec.template.spec.containers.image'] });
if (items.length === 0) return finish('There is no deployment named cart.');
return finish('cart runs ' + items[0]!.spec.template.spec.containers.map((c: any) => c.image).join(', ') + '.');`,
    ),
  tools: steps(
    () => [
      {
        name: 'k8s.list',
        input: { kind: 'Deployment', name: 'cart', fields: ['spec.template.spec.containers.image'] },
      },
    ],
    ([[text = ''] = []]) => {
      const images = [...text.matchAll(/image: ([^\s,}]+)/g)].map(match => match[1]);
      return images.length > 0 ? `cart runs ${images.join(', ')}.` : 'There is no deployment named cart.';
    },
  ),
};

/** "how many nodes are ready?". */
export const nodesReady: Policy = {
  code: () =>
    script(
      'Counting ready nodes.',
      `
const { items } = await k8s.list({ kind: 'Node', fields: ['status.conditions.type', 'status.conditions.status'] });
const ready = items.filter(n => n.status.conditions.some((c: any) => c.type === 'Ready' && c.status === 'True'));
const rest = items.filter(n => !ready.includes(n)).map(n => n.metadata.name);
return finish(\`\${ready.length} of \${items.length} nodes are ready\${rest.length ? ', not ' + rest.join(', ') : ''}.\`);`,
    ),
  tools: steps(
    () => [
      {
        name: 'k8s.list',
        input: { kind: 'Node', fields: ['status.conditions.type', 'status.conditions.status'] },
      },
    ],
    ([[text = ''] = []]) => {
      const rows = readTable(text);
      const ready = rows.filter(row =>
        nested<Condition[]>(row['status.conditions'])?.some(
          item => item.type === 'Ready' && /^true$/i.test(String(item.status)),
        ),
      );
      const all = rows.length;
      const rest = rows.filter(row => !ready.includes(row)).map(row => row.name);
      return `${ready.length} of ${all} nodes are ready${rest.length > 0 ? `, not ${rest.join(', ')}` : ''}.`;
    },
  ),
  peers: {
    'kubernetes-mcp-server': steps(
      () => [{ name: 'resources_list', input: { apiVersion: 'v1', kind: 'Node' } }],
      ([[text = ''] = []]) => {
        const nodes = [...text.matchAll(/^v1\s+Node\s+\S+\s+(\S+)/gm)].map(match => match[1]!);
        return `${nodes.filter(status => /^Ready\b/.test(status)).length} of ${nodes.length} nodes are ready.`;
      },
    ),
  },
};

interface Condition {
  type: string;
  status: string | boolean;
}

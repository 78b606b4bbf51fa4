import { isRecord } from '../../shared/json.ts';
import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { nested, type Row, readTable } from './read-table.ts';
import { steps } from './steps.ts';

const KINDS = ['Deployment', 'StatefulSet', 'DaemonSet'];
/** Where pod templates name ConfigMaps and Secrets. */
const REFERENCES = [
  'spec.template.spec.containers.env.valueFrom',
  'spec.template.spec.containers.envFrom',
  'spec.template.spec.initContainers.env.valueFrom',
  'spec.template.spec.initContainers.envFrom',
  'spec.template.spec.volumes',
];

/** Services that lead nowhere, and ConfigMaps and Secrets that pods refer to and that do not exist. */
export const dangling: Policy = {
  code: () =>
    script(
      'Services against endpoints, references against what exists.',
      `
const all = (kind: string, fields: string[]) => k8s.list({ kind, namespace: '*', fields }).then(l => l.items);
const [services, slices, workloads, maps, secrets] = await Promise.all([
  all('Service', ['spec.type']), all('EndpointSlice', ['endpoints.conditions.ready']),
  Promise.all(${JSON.stringify(KINDS)}.map(kind => all(kind, ${JSON.stringify(REFERENCES)}).then(items => items.map(w => ({ ...w, kind }))))),
  all('ConfigMap', ['metadata.name']), all('Secret', ['metadata.name']),
]);
const id = (o: KubeObject) => o.metadata.namespace + '/' + o.metadata.name;
const served = new Set<string>();
for (const s of slices) if (s.endpoints?.some((e: any) => e.conditions?.ready !== false)) served.add(id(s).replace(/-[a-z0-9]+$/, ''));
const idle = services.filter(s => s.spec.type !== 'ExternalName' && !served.has(id(s)));
const known = new Set([...maps.map(o => 'ConfigMap ' + id(o)), ...secrets.map(o => 'Secret ' + id(o))]);
const missing: Record<string, string[]> = {};
for (const w of workloads.flat()) {
  const { containers = [], initContainers = [], volumes = [] } = w.spec?.template?.spec ?? {};
  const names: string[] = [];
  for (const c of [...initContainers, ...containers]) for (const e of [...(c.envFrom ?? []), ...(c.env ?? []).map((v: any) => v.valueFrom ?? {})]) {
    const map = e.configMapRef ?? e.configMapKeyRef, secret = e.secretRef ?? e.secretKeyRef;
    if (map && !map.optional) names.push('ConfigMap ' + w.metadata.namespace + '/' + map.name);
    if (secret && !secret.optional) names.push('Secret ' + w.metadata.namespace + '/' + secret.name);
  }
  for (const v of volumes) {
    if (v.configMap && !v.configMap.optional) names.push('ConfigMap ' + w.metadata.namespace + '/' + v.configMap.name);
    if (v.secret && !v.secret.optional) names.push('Secret ' + w.metadata.namespace + '/' + v.secret.secretName);
  }
  for (const name of new Set(names)) if (!known.has(name)) (missing[name] ??= []).push(w.kind + '/' + w.metadata.name);
}
return finish(\`Services without a ready endpoint (\${idle.length}): \${idle.map(id).join(', ')}
Referenced and missing (\${Object.keys(missing).length}):
\${Object.entries(missing).map(([name, by]) => \`- \${name}, wanted by \${by.join(', ')}\`).join('\\n')}\`);`,
    ),
  tools: steps(
    () => {
      const list = (kind: string, fields: string[]) => ({
        name: 'k8s.list',
        input: { kind, namespace: '*', fields },
      });
      return [
        list('Service', ['spec.type']),
        list('EndpointSlice', ['endpoints.conditions.ready']),
        list('ConfigMap', ['metadata.name']),
        list('Secret', ['metadata.name']),
        ...KINDS.map(kind => list(kind, REFERENCES)),
      ];
    },
    got => {
      const [services = '', slices = '', maps = '', secrets = '', ...workloads] = got[0] ?? [];
      const id = (row: Row) => `${row.namespace}/${row.name}`;
      const served = new Set(
        readTable(slices)
          .filter(row => /ready: true/.test(Object.values(row).join(' ')))
          .map(row => id(row).replace(/-[a-z0-9]+$/, '')),
      );
      const idle = readTable(services)
        .map(id)
        .filter(name => !served.has(name));
      const known = new Set([
        ...readTable(maps).map(row => `ConfigMap ${id(row)}`),
        ...readTable(secrets).map(row => `Secret ${id(row)}`),
      ]);
      const missing = new Map<string, string[]>();
      for (const [i, text] of workloads.entries()) {
        for (const row of readTable(text)) {
          for (const name of new Set(referencesOf(row))) {
            const full: string = name.replace(' ', ` ${row.namespace}/`);
            if (known.has(full)) continue;
            missing.set(full, [...(missing.get(full) ?? []), `${KINDS[i]}/${row.name}`]);
          }
        }
      }
      return [
        `Services without a ready endpoint (${idle.length}): ${idle.join(', ')}`,
        `Referenced and missing (${missing.size}):`,
        ...[...missing].map(([name, by]) => `- ${name}, wanted by ${by.join(', ')}`),
      ].join('\n');
    },
  ),
};

/** ConfigMaps and Secrets that any of the cells refers to, wherever in a pod template they stand. */
function referencesOf(row: Row): string[] {
  const names: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isRecord(value)) return;
    for (const [key, item] of Object.entries(value)) {
      if (isRecord(item) && /^configMap(Ref|KeyRef)?$/.test(key) && item.name)
        names.push(`ConfigMap ${String(item.name)}`);
      if (isRecord(item) && /^secret(Ref|KeyRef)?$/.test(key) && (item.secretName ?? item.name))
        names.push(`Secret ${String(item.secretName ?? item.name)}`);
      visit(item);
    }
  };
  for (const cell of Object.values(row)) if (/^[{[]/.test(cell)) visit(nested(cell));
  return names;
}

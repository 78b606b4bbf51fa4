import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { steps } from './steps.ts';

/** Mends a Service's selector after approval, and waits until endpoints are there. */
export const fixService: Policy = {
  code: () =>
    script(
      'Comparing the selector with the pods, correcting it, and waiting for endpoints.',
      `
const slices = () => k8s.list({ kind: 'EndpointSlice', labelSelector: 'kubernetes.io/service-name=web', fields: ['endpoints.conditions'] });
const [service, pods, before] = await Promise.all([k8s.get({ kind: 'Service', name: 'web' }), k8s.list({ kind: 'Pod', name: 'web-*', fields: ['metadata.labels'] }), slices()]);
const { selector } = service.spec;
const labels = pods.items[0]!.metadata.labels!;
const wrong = Object.keys(selector).filter(key => selector[key] !== labels[key]);
const right = Object.fromEntries(wrong.map(key => [key, labels[key]!]));
await k8s.patch({ kind: 'Service', name: 'web', patch: { spec: { selector: right } } });
await k8s.wait({ kind: 'EndpointSlice', name: before.items[0]!.metadata.name, for: 'endpoints[0].conditions.ready=true', timeoutSeconds: 30 });
const ready = (await slices()).items.flatMap(s => s.endpoints ?? []).filter((e: any) => e.conditions?.ready).length;
return finish(\`The selector of Service web asked for \${wrong.map(k => k + '=' + selector[k]).join(', ')}, which none of the \${pods.items.length} pods has; it is now \${JSON.stringify({ ...selector, ...right })}. \${ready > 0 ? \`The Service has \${ready} ready endpoints.\` : 'No endpoint became ready within 30 s.'}\`);`,
    ),
  tools: steps(
    () => [
      { name: 'k8s.get', input: { kind: 'Service', name: 'web' } },
      { name: 'k8s.list', input: { kind: 'Pod', name: 'web-*', fields: ['metadata.labels'] } },
      slices(),
    ],
    ([[service = '', pods = ''] = []]) => [
      {
        name: 'k8s.patch',
        input: { kind: 'Service', name: 'web', patch: { spec: { selector: compared(service, pods).right } } },
      },
    ],
    got => [
      {
        name: 'k8s.wait',
        input: {
          kind: 'EndpointSlice',
          name: /\bweb-[a-z0-9]{5}\b/.exec(got[0]?.[2] ?? '')?.[0] ?? 'web',
          for: 'endpoints[0].conditions.ready=true',
          timeoutSeconds: 30,
        },
      },
    ],
    () => [slices()],
    got => {
      const [service = '', pods = ''] = got[0] ?? [];
      const [list = ''] = got[3] ?? [];
      const { selector, wrong, right } = compared(service, pods);
      const ready = [...list.matchAll(/ready: true/g)].length;
      const end =
        ready > 0 ? `The Service has ${ready} ready endpoints.` : 'No endpoint became ready within 30 s.';
      return `The selector of Service web asked for ${wrong.map(key => `${key}=${selector[key]}`).join(', ')}, which none of its pods has; it is now ${JSON.stringify({ ...selector, ...right })}. ${end}`;
    },
  ),
};

function slices() {
  return {
    name: 'k8s.list',
    input: {
      kind: 'EndpointSlice',
      labelSelector: 'kubernetes.io/service-name=web',
      fields: ['endpoints.conditions.ready'],
    },
  };
}

/** The Service's selector beside the labels of the pods that it should find. */
function compared(service: string, pods: string) {
  const pairs = (text: string) =>
    Object.fromEntries([...text.matchAll(/([\w/-]+): "?([\w.-]+)"?/g)].map(match => [match[1]!, match[2]!]));
  const selector = pairs(/selector: \{([^}]*)\}/.exec(service)?.[1] ?? '');
  const labels = labelsOf(pods, Object.keys(selector));
  const wrong = Object.keys(selector).filter(key => selector[key] !== labels[key]);
  return { selector, wrong, right: Object.fromEntries(wrong.map(key => [key, labels[key]])) };
}

/** Labels that every pod has are told once, as `metadata.labels.track: green` or as a whole map. */
function labelsOf(pods: string, keys: string[]): Record<string, string | undefined> {
  return Object.fromEntries(
    keys.map(key => [key, new RegExp(`\\b(?:labels\\.)?${key}: "?([\\w-]+)`).exec(pods)?.[1]]),
  );
}

import type { Policy } from '../policy.ts';
import { script } from './answers.ts';
import { readTable } from './read-table.ts';
import { steps } from './steps.ts';

/** Waits for a rolling update that is under way, then checks what runs and what it logs. */
export const rolloutWait: Policy = {
  code: () =>
    script(
      'Waiting for the rollout, then checking images, readiness and logs.',
      `
const done = await k8s.wait({ kind: 'StatefulSet', name: 'loki', for: 'rollout', timeoutSeconds: 600 });
const [pods, set, errors] = await Promise.all([
  k8s.list({ kind: 'Pod', labelSelector: 'app=loki', fields: ['spec.containers.image', 'status.conditions'] }),
  k8s.get({ kind: 'StatefulSet', name: 'loki' }),
  k8s.grepLogs({ owner: 'statefulset/loki', pattern: 'level=(error|fatal)|panic', sinceSeconds: 600 }),
]);
const image = set.spec.template.spec.containers[0].image;
const fresh = pods.items.filter(p => p.spec.containers[0].image === image);
const ready = fresh.filter(p => p.status.conditions.some((c: any) => c.type === 'Ready' && c.status === 'True'));
return finish(\`\${done.met ? 'The rollout is complete' : 'The rollout is not complete'} (\${done.state}): \${fresh.length} of \${pods.items.length} pods run \${image}, \${ready.length} of them ready, and they logged \${errors.total} errors in the last ten minutes.\`);`,
    ),
  tools: steps(
    () => [
      {
        name: 'k8s.wait',
        input: { kind: 'StatefulSet', name: 'loki', for: 'rollout', timeoutSeconds: 600 },
      },
    ],
    () => [
      {
        name: 'k8s.list',
        input: { kind: 'Pod', labelSelector: 'app=loki', fields: ['spec.containers.image'] },
      },
      { name: 'k8s.pods', input: { owner: 'statefulset/loki' } },
      {
        name: 'k8s.grepLogs',
        input: {
          owner: 'statefulset/loki',
          pattern: 'level=(error|fatal)|panic',
          sinceSeconds: 600,
        },
      },
    ],
    ([[wait = ''] = [], [images = '', pods = '', errors = ''] = []]) => {
      const done = /met: true/.test(wait);
      const state = /state: (.*?)(?:, \w+:|$)/m.exec(wait)?.[1] ?? '';
      const all = readTable(images).length;
      const tags = [...images.matchAll(/image: ([^\s,}\]]+)/g)].map(match => match[1]!);
      const newest = tags.toSorted().at(-1) ?? '';
      const shared = /^in every row: .*image/m.test(images);
      const fresh = shared ? all : tags.filter(tag => tag === newest).length;
      const ready = readTable(pods).filter(row => row.ready === '1/1').length;
      const count = /^(\d+) matching/m.exec(errors)?.[1] ?? '0';
      return `${done ? 'The rollout is complete' : 'The rollout is not complete'} (${state}): ${fresh} of ${all} pods run ${newest}, ${ready} of them ready, and they logged ${count} errors in the last ten minutes.`;
    },
  ),
};

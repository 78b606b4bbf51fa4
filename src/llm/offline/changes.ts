import { lit } from './literal.ts';
import type { Intent } from './question.ts';

/** What changed, newest first, within the time that the question names: releases, rollouts, new objects, events. */
export function changesScript(intent: Intent, namespace: string, place: string): string {
  const ko = intent.language === 'ko';
  const hours = Math.round(((intent.seconds ?? 0) / 3600) * 100) / 100;
  const said = (en: string, korean: string) => lit(ko ? korean : en);
  const span = hours === 0 ? '' : ko ? ` (최근 ${hours}시간)` : ` in the last ${hours} h`;
  // Now is where the data ends: in a snapshot, when it was taken.
  const within = `const ends = Date.parse(events[0]?.lastSeen ?? '') || Date.now();
const since = new Date(ends - ${hours} * 3_600_000).toISOString();
const recent = changes.filter(line => line >= since).slice(0, 20);`;
  const all = 'const recent = changes.slice(0, 20);';
  const head = '// Releases, rollouts, new objects, and what controllers did.\n';
  return `${hours === 0 ? head : ''}const namespace = ${lit(namespace)};
const kinds = ['ReplicaSet', 'ConfigMap', 'Service', 'Ingress'];
const fields = ['metadata', 'spec.template.spec.containers.image'];
const [helmed, { items: events }, ...lists] = await Promise.all([
  helm.list({ namespace }).catch(() => ({ items: [] })),
  k8s.events({ namespace, limit: 1_000 }),
  ...kinds.map(kind => k8s.list({ kind, namespace, fields })),
]);
const did = /Scal|Delet|Killing|Rollout|Update|Preempt|Evict|Taint/;
const changes = [
  ...events.filter(e => did.test(e.reason)).map(e =>
    \`\${e.lastSeen} \${e.object} \${e.reason}: \${e.message}\`),
  ...helmed.items.map(r =>
    \`\${r.updated} Helm \${r.name} revision \${r.revision}: \${r.description}\`),
  ...lists.flatMap(l => l.items).map(({ kind, metadata: m, spec }) => {
    const image = spec?.template?.spec.containers[0].image ?? '';
    return \`\${m.creationTimestamp} \${kind} \${m.name} created \${image}\`;
  }),
].filter(line => /^\\d/.test(line)).sort().reverse();
${hours === 0 ? all : within}
const title = recent.length > 0
  ? ${said(`What changed ${place}${span}, newest first:`, `${place} 있었던 변경${span}, 최근 순:`)}
  : ${said(`No changes are recorded ${place}${span}.`, `${place} 변경 기록이 없습니다${span}.`)};
return finish([title, ...recent].join('\\n- ').trim());`;
}

import { changesScript } from './changes.ts';
import { lit } from './literal.ts';
import type { Intent } from './question.ts';

/** Look-ups need no diagnosis: the script asks once and ends the question with the answer itself. */
export function lookupScript(intent: Intent, namespace: string): string {
  const ko = intent.language === 'ko';
  const kind = intent.resource ?? 'Pod';
  const where = `namespace: ${lit(namespace)}`;
  const place = placeOf(intent, namespace);
  const within = place.replace(/[`$\\]/g, '\\$&');
  const said = (en: string, korean: string) => lit(ko ? korean : en);
  const template = (en: string, korean: string) => `\`${ko ? korean : en}\``;
  switch (intent.kind) {
    case 'count':
      return `const { count } = await k8s.list({
  kind: ${lit(kind)}, ${where},
  fields: ['metadata.name'], limit: 200_000,
});
${ko ? '' : `const noun = count === 1 ? '${kind} is' : '${plural(kind)} are';\n`}return finish(${template(`\${count} \${noun} ${within}.`, `${within} ${kind} \${count}개가 있습니다.`)});`;
    case 'list':
      return `const { items, count } = await k8s.list({
  kind: ${lit(kind)}, ${where},
  fields: ['metadata.name', 'metadata.namespace'],
});
const title = ${template(`${plural(kind)} ${within} (\${count}):`, `${within} ${kind} \${count}개:`)};
const lines = items.slice(0, 100).map(({ metadata }) => {
  const { namespace, name } = metadata;
  return \`- \${namespace ? \`\${namespace}/\` : ''}\${name}\`;
});
return finish([title, ...lines].join('\\n'));`;
    case 'restarts':
      return `const { items } = await k8s.pods({ ${where} });
const busiest = items
  .filter(pod => pod.restarts > 0)
  .sort((a, b) => b.restarts - a.restarts);
const lines = busiest.slice(0, 10).map(pod => {
  const { reason, at } = pod.lastExit ?? {};
  const end = at ? \`, last \${reason} at \${at}\` : '';
  const why = pod.reason ? \` (\${pod.reason})\` : '';
  const name = \`\${pod.namespace}/\${pod.name}\`;
  return \`- \${name}: \${pod.restarts} restarts, \${pod.status}\${why}\${end}\`;
});
if (lines.length === 0)
  return finish(${said(`No pod ${place} has restarted.`, `${place} 재시작한 파드가 없습니다.`)});
const title = ${said(`Pods that were restarted ${place}, most first:`, `${place} 재시작한 파드, 많은 순:`)};
return finish([title, ...lines].join('\\n'));`;
    case 'changes':
      return changesScript(intent, namespace, within);
    case 'logs':
      return `const text = ${lit(intent.words.join(' '))};
const { matches } = await diagnose.find({ text, ${where} });
const [best] = matches;
if (!best) return finish(${said(`No such pod or workload ${place}.`, `${place} 그런 파드나 워크로드가 없습니다.`)});

const kind = best.kind.toLowerCase();
const pod = kind === 'pod' ? best.name : \`\${kind}/\${best.name}\`;
const { namespace } = best;
const log = await k8s.logs({ pod, namespace, tailLines: 40 });
const title = ${template('Last lines of ${log.pod} (container ${log.container}):', '${log.pod}의 마지막 로그 (컨테이너 ${log.container}):')};
const lines = log.lines.map(line => \`    \${line}\`);
return finish([title, ...lines, log.note ?? ''].join('\\n'));`;
    default:
      return `const { gitVersion } = await k8s.version();
return finish(${template('The API server runs Kubernetes ${gitVersion}.', 'API 서버의 버전은 ${gitVersion}입니다.')});`;
  }
}

function placeOf(intent: Intent, namespace: string): string {
  const ko = intent.language === 'ko';
  const everywhere =
    namespace === '*' || /^(?:Node|Namespace|PersistentVolume|StorageClass)$/.test(intent.resource ?? '');
  if (everywhere) return ko ? '클러스터에' : 'in the cluster';
  return ko ? `${namespace} 네임스페이스에` : `in namespace ${namespace}`;
}

function plural(kind: string): string {
  if (/(?:s|x)$/.test(kind)) return `${kind}es`;
  return /[^aeiou]y$/.test(kind) ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}

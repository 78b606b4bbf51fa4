import { lit } from './literal.ts';
import type { Intent } from './question.ts';

type Said = (en: string, korean: string) => string;

/** Questions about one thing or release that one look answers: the script ends with the answer itself. */
export function lookScript(intent: Intent, namespace: string): string {
  const said: Said = (en, korean) => (intent.language === 'ko' ? korean : en);
  if (intent.kind === 'drift') return driftScript(intent, namespace, said);
  const look = intent.kind === 'image' ? imageLines(said) : logLines(said);
  return `${findLines(intent.words, namespace, said)}\n${look}`;
}

/** Finds the workload that the words mean, as every script about one begins. */
function findLines(words: string[], namespace: string, said: Said): string {
  const what = words.join(' ');
  return `const text = ${lit(what)};
const look = { text, namespace: ${lit(namespace)} };
const { matches } = await diagnose.find(look);
const runs = /^(?:Deployment|StatefulSet|DaemonSet|CronJob|Job|Pod)$/;
const best = matches.find(match => runs.test(match.kind));
if (!best) return finish(\`${said('There is no workload or pod named ${text}.', '${text}라는 워크로드나 파드가 없습니다.')}\`);
const { kind, name, namespace } = best;
`;
}

function imageLines(said: Said): string {
  return `const { spec } = await k8s.get({ kind, name, namespace });
const template = spec.jobTemplate?.spec.template ?? spec.template;
const { containers, initContainers = [] } = template?.spec ?? spec;
const lines = [...containers, ...initContainers].map(
  (c: { name: string; image: string }) => \`- \${c.image} (\${c.name})\`,
);
const title = \`${said('${kind} ${namespace}/${name} runs:', '${kind} ${namespace}/${name}의 이미지:')}\`;
return finish([title, ...lines].join('\\n'));`;
}

function logLines(said: Said): string {
  return `// The run that goes on now, and the one before a restart.
const asked = kind === 'Pod' ? name : \`\${kind.toLowerCase()}/\${name}\`;
const now = await k8s.explainLogs({ pod: asked, namespace });
const { pod, lines: read } = now;
const earlier = { pod, namespace, previous: true };
const old = await k8s.explainLogs(earlier).catch(() => now);
const lines = [...new Set([now, old])].flatMap(log => log.decisive);
const bad = lines.filter(line => /fatal|error|warn/.test(line.level));
const told = (bad.length > 0 ? bad : lines).slice(0, 5);
const source = \`k8s.explainLogs \${namespace}/\${pod}\`;
const says = \`${said('What explains most in ${read} lines', '${read}줄에서 가장 중요한 줄')}\`;
return finish(report({
  verdict: told.length > 0 ? 'cause-found' : 'inconclusive',
  rootCause: \`\${says}: \${told[0]?.example ?? '${said('the log is empty', '로그가 비어 있습니다')}'}\`,
  confidence: bad.length > 0 ? 'medium' : 'low',
  affected: [\`Pod \${namespace}/\${pod}\`],
  evidence: told.map(line => ({ quote: line.example, source })),
}));`;
}

function driftScript(intent: Intent, namespace: string, said: Said): string {
  const release = intent.words[0] ?? '';
  return `// Releases as Helm stores them, against the live objects.
const release = ${lit(release)};
const where = { namespace: ${lit(intent.namespace ? namespace : '*')} };
const { items } = await helm.list(where);
const found = ${release === '' ? 'items' : 'items.filter(r => r.name === release)'};
const names = items.map(r => \`\${r.namespace}/\${r.name}\`).join(', ');
if (found.length === 0)
  return finish(\`${said('There is no Helm release ${release}. Releases: ${names}.', 'Helm 릴리스 ${release}이(가) 없습니다. 있는 것: ${names}.')}\`);

const drifts = await Promise.all(found.map(r =>
  helm.drift({ release: r.name, namespace: r.namespace }),
));
const lines = drifts.flatMap(d => [
  \`\${d.namespace}/\${d.name}: \${d.summary}\`,
  ...d.drift.slice(0, 20).map(({ kind, name, path, change, ...now }) => {
    const from = JSON.stringify(now.rendered);
    const to = JSON.stringify(now.live);
    const how = change === 'changed' ? \`: \${from} → \${to}\` : '';
    return \`- \${kind} \${name} \${path} \${change}\${how}\`;
  }),
]);
const title = drifts.some(d => d.drifted)
  ? ${lit(said('Yes, it has drifted:', '예, 차트와 달라졌습니다:'))} : ${lit(said('No drift:', '차트와 같습니다:'))};
return finish([title, ...lines].join('\\n'));`;
}

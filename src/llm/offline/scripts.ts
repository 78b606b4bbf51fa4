import type { Intent } from './question.ts';

/** TypeScript text of a value, single-quoted as the rest of a script is. */
function lit(value: string): string {
  return `'${value
    .replace(/\\/g, '\\\\')
    .replace(/'/g, "\\'")
    .replace(/[\r\n\u2028\u2029]+/g, ' ')}'`;
}

/** First look at an object: what the name refers to, its pods and its newest events. */
export function lookScript(words: string[], namespace: string): string {
  return `// What do these words refer to, and how are the pods there?
const found = await diagnose.find({ text: ${lit(words.join(' '))}, namespace: ${lit(namespace)} });
const best = found.matches[0];
if (!best) return { found };

const [pods, events] = await Promise.all([
  k8s.pods({ namespace: best.namespace || ${lit(namespace)} }),
  k8s.events({ namespace: best.namespace || ${lit(namespace)}, name: \`\${best.name}*\`, limit: 8 }),
]);
const related = pods.items.filter(pod => pod.name.startsWith(best.name) || pod.problem);
return {
  found: { ...found, matches: found.matches.slice(0, 4) },
  pods: related.slice(0, 6).map(({ namespace, name, status, ready, restarts, reason }) => ({ namespace, name, status, ready, restarts, reason })),
  events: events.items.map(({ object, type, reason, message, count }) => ({ object, type, reason, message, count })),
};`;
}

const SHRINK = `findings: d.findings.slice(0, LIMIT).map(({ mode, severity, object, workload, rootCause, evidence, remediation, ruledOut, affected, causedBy }) => ({
    mode, severity, object, workload, rootCause, evidence: evidence.slice(0, 5), remediation: remediation.slice(0, 4), ruledOut, affected: affected.slice(0, 5), causedBy,
  })),`;

/** The analysis of an object, with the last lines of its worst pod beside it. */
export function objectScript(target: { kind?: string; name: string; namespace: string }): string {
  const kind = target.kind ? `, kind: ${lit(target.kind)}` : '';
  return `// Check the object and all it depends on against the known failure modes.
const d = await diagnose.object({ name: ${lit(target.name)}, namespace: ${lit(target.namespace)}${kind} });
const sick = d.findings.find(finding => finding.object.kind === 'Pod');
const log = sick && await k8s.logs({ pod: sick.object.name, namespace: sick.object.namespace, tailLines: 5 }).catch(() => undefined);
return {
  subject: d.subject, exists: d.exists, healthy: d.healthy, summary: d.summary, hint: d.notFoundHint,
  ${SHRINK.replace('LIMIT', '4')}
  total: d.findings.length,
  log: log && { pod: log.pod, container: log.container, lines: log.lines.slice(-5) },
};`;
}

export function namespaceScript(namespace: string): string {
  return `// Everything that is wrong in the namespace, causes first.
const d = await diagnose.namespace({ namespace: ${lit(namespace)} });
const pods = d.exists ? await k8s.pods({ namespace: ${lit(namespace)}, limit: 5 }) : { items: [] };
return {
  subject: d.subject, exists: d.exists, healthy: d.healthy, summary: d.summary, hint: d.notFoundHint,
  ${SHRINK.replace('LIMIT', '8')}
  total: d.findings.length,
  pods: pods.items.map(({ namespace, name, status, ready, restarts }) => ({ namespace, name, status, ready, restarts })),
};`;
}

export function clusterScript(): string {
  return `// Everything that is wrong in the cluster, causes first: the gravest with proof, the others in a line each.
const d = await diagnose.cluster({ limit: 300 });
const problems = d.findings.filter(finding => finding.severity !== 'info');
const nameOf = ({ object, workload }: (typeof problems)[number]) => workload ?? \`\${object.kind} \${object.namespace ? object.namespace + '/' : ''}\${object.name}\`;
const brief = (text: string, most: number) => {
  if (problems.length <= 8) return text.slice(0, 700);
  const [sentence = ''] = text.split(/(?<=[.]) (?=[A-Z])/);
  return sentence.length <= most ? sentence : sentence.slice(0, most).replace(/ [^ ]*$/, ' …');
};
return {
  subject: d.subject, exists: d.exists, healthy: d.healthy, summary: brief(d.summary, 300),
  findings: problems.slice(0, 8).map(({ mode, severity, object, workload, rootCause, evidence, remediation }) => ({
    mode, severity, object, workload, rootCause: brief(rootCause, 260), evidence: evidence.slice(0, problems.length > 4 ? 1 : 3), remediation: remediation.slice(0, 1),
  })),
  more: problems.slice(8, 60).map(finding => \`\${nameOf(finding)}: \${finding.mode}\`),
  total: problems.length,
};`;
}

/** Look-ups that need no diagnosis: one call, a small result. */
export function lookupScript(intent: Intent, namespace: string): string {
  const where = `namespace: ${lit(namespace)}`;
  switch (intent.kind) {
    case 'count':
      return `const { count } = await k8s.list({ kind: ${lit(intent.resource ?? 'Pod')}, ${where}, fields: ['metadata.name'], limit: 200000 });\nreturn { count };`;
    case 'list':
      return `const { items, count } = await k8s.list({ kind: ${lit(intent.resource ?? 'Pod')}, ${where}, fields: ['metadata.name', 'metadata.namespace', 'status.phase'] });\nreturn { count, names: items.slice(0, 100).map(item => item.metadata.namespace ? \`\${item.metadata.namespace}/\${item.metadata.name}\` : item.metadata.name) };`;
    case 'restarts':
      return `const { items } = await k8s.pods({ ${where} });\nconst busiest = items.filter(pod => pod.restarts > 0).sort((a, b) => b.restarts - a.restarts);\nreturn { pods: busiest.slice(0, 10).map(({ namespace, name, restarts, status, reason }) => ({ namespace, name, restarts, status, reason })) };`;
    case 'changes':
      return `// What controllers and people did last.\nconst { items } = await k8s.events({ ${where}, limit: 200 });\nconst changes = items.filter(event => /Scal|Created|Delet|Killing|Started|Rollout|Updated|Scheduled|Pull/.test(event.reason));\nreturn { changes: changes.slice(0, 15).map(({ lastSeen, object, reason, message }) => ({ lastSeen, object, reason, message })) };`;
    case 'logs':
      return `const found = await diagnose.find({ text: ${lit(intent.words.join(' '))}, ${where} });\nconst best = found.matches[0];\nif (!best) return { found };\nconst pod = best.kind === 'Pod' ? best.name : \`\${best.kind.toLowerCase()}/\${best.name}\`;\nconst log = await k8s.logs({ pod, namespace: best.namespace, tailLines: 40 });\nreturn { pod: log.pod, container: log.container, lines: log.lines, note: log.note };`;
    default:
      return 'return { version: (await k8s.version()).gitVersion };';
  }
}

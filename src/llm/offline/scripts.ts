import { lit } from './literal.ts';
import type { Intent } from './question.ts';

/**
 * Finds what the words mean and checks it. A sole problem of just what was asked about ends the question at once;
 * otherwise the facts come back, for a report in the question's language. `fallback` is the name to check where the
 * words mean nothing.
 */
export function objectScript(intent: Intent, fallback: string, namespace: string): string {
  const decisive = `const asked = best.how === 'exact' && best.namespace === namespace;
if (asked && problems.length === 1) return finish(report(d));
`;
  return `// What does the name mean? Then check it and all that it depends on.
const namespace = ${lit(namespace)};
const text = ${lit(intent.words.join(' '))};
const { matches } = await diagnose.find({ text, namespace });
const [best] = matches;
if (!best) return await diagnose.object({ name: ${lit(fallback)}, namespace });
if (best.kind === 'Namespace') return { best };

const place = best.namespace || namespace;
const name = best.how === 'part-of-name' ? best.name : best.word;
const d = await diagnose.object({ name, namespace: place });
const problems = d.findings.filter(f => f.severity !== 'info');
${intent.language === 'en' ? decisive : ''}
if (problems.length > 0) {
  const findings = d.findings.slice(0, 4).map(finding => ({
    ...finding,
    affected: finding.affected.slice(0, 5),
  }));
  return { best, subject: d.subject, findings };
}
const pods = await k8s.pods({ namespace: place });
const own = pods.items.filter(pod => pod.name.startsWith(best.name));
return { ...d, checked: [], best, pods: own.slice(0, 3) };`;
}

/** The same for a name that is taken as it is: what to fall back on when looking for it has failed. */
export function directScript(name: string, namespace: string): string {
  return `// Check it and all that it depends on.
const name = ${lit(name)};
const d = await diagnose.object({ name, namespace: ${lit(namespace)} });
return { ...d, checked: [], findings: d.findings.slice(0, 4) };`;
}

export function namespaceScript(intent: Intent, namespace: string): string {
  return `// Everything that is wrong in the namespace, causes first.
const namespace = ${lit(namespace)};
const d = await diagnose.namespace({ namespace });
if (!d.exists) return d;

const problems = d.findings.filter(f => f.severity !== 'info');
${intent.language === 'en' ? 'if (problems.length === 1) return finish(report(d));\n' : ''}
if (problems.length > 0) {
  const findings = problems.slice(0, 8).map(finding => ({
    ...finding,
    evidence: finding.evidence.slice(0, 2),
    affected: finding.affected.slice(0, 5),
  }));
  return { subject: d.subject, findings, total: problems.length };
}
const pods = await k8s.pods({ namespace, limit: 3 });
return { ...d, checked: [], pods: pods.items };`;
}

export function clusterScript(): string {
  return `// Everything that is wrong in the cluster, causes first.
const d = await diagnose.cluster({ limit: 300 });
${BRIEFLY}
return { ...told, findings, more };`;
}

/** Who asks in a namespace in which nothing runs, as `default` often is, means the cluster. */
export function widenedScript(namespace: string): string {
  return `// What is wrong here, or in the whole cluster where nothing runs here?
const namespace = ${lit(namespace)};
const here = await diagnose.namespace({ namespace });
const look = here.healthy && (await k8s.pods({ namespace, limit: 3 }));
const pods = look ? look.items : [];
const empty = here.healthy && pods.length === 0;
const d = empty ? await diagnose.cluster({ limit: 300 }) : here;

${BRIEFLY}
return { ...told, findings, more, pods };`;
}

/** The gravest with a proof, the others by name. */
const BRIEFLY = `const problems = d.findings.filter(f => f.severity !== 'info');
const most = problems.length > 8 ? 300 : 700;
const findings = problems.slice(0, 8).map(finding => ({
  ...finding,
  rootCause: finding.rootCause.slice(0, most),
  evidence: finding.evidence.slice(0, problems.length > 4 ? 1 : 2),
  remediation: finding.remediation.slice(0, 1),
  ruledOut: [], affected: [],
}));
const more = problems.slice(8, 60).map(({ workload, object, mode }) => {
  const { kind, namespace: where, name } = object;
  return \`\${workload ?? \`\${kind} \${where && \`\${where}/\`}\${name}\`}: \${mode}\`;
});
const summary = problems.length === 0 ? d.summary : '';
const told = { ...d, summary, checked: [], total: problems.length };`;

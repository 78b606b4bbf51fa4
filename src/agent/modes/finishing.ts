/** What a session has open to investigate; with both, the cluster is what most is said about. */
export type Subject = 'cluster' | 'trace';

/** How an investigation ends: the form of the report and its rules of evidence, the same in every mode. */
export const FINISHING = `REPORT
Verdict: cause-found | healthy | inconclusive
Root cause: what is wrong and why, with the decisive names and values, in one to three sentences
Confidence: high | medium | low
Affected:
- Pod namespace/name
Evidence:
- "exact quote" — k8s.logs namespace/pod
Remediation:
- a kubectl command or step, most useful first
Ruled out:
- what you checked that is not the cause
Quotes are checked against what your calls returned: copy log lines, event messages and fields (reason: OOMKilled) exactly, never what you computed. Name the mechanism: events close in time are not yet a cause. If the data does not settle it, say inconclusive and what would. If nothing is wrong, say healthy with the facts that show it. Answer in the question's language; keep the headings English.`;

/** The same where there is no cluster, in the words of a trace. */
const OF_TRACE = FINISHING.replace('- Pod namespace/name', '- process name')
  .replace('k8s.logs namespace/pod', 'trace.chains')
  .replace('a kubectl command or step', 'a change of the program or its host')
  .replace(
    'copy log lines, event messages and fields (reason: OOMKilled)',
    'copy sentences and fields (p99Ms: 5.1)',
  );

export function finishing(about: Subject): string {
  return about === 'trace' ? OF_TRACE : FINISHING;
}

/** `has` says whether a capability is there. */
export function subjectOf(has: (name: string) => boolean): Subject {
  return has('k8s.get') || !has('trace.chains') ? 'cluster' : 'trace';
}

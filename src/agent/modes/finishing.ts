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

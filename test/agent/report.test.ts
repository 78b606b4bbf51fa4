import { describe, expect, it } from 'vitest';
import { Journal } from '../../src/agent/journal.ts';
import { groundReport } from '../../src/agent/reporting/ground.ts';
import { parseReport } from '../../src/agent/reporting/parse.ts';
import { reportText } from '../../src/agent/reporting/text.ts';

const PLAIN = `I have seen enough.

REPORT
Verdict: cause-found
Root cause: The container exits because DATABASE_URL is not set.
Confidence: high
Affected:
- Pod checkout/checkout-9db494857-rvbxz
- Deployment checkout/checkout
Evidence:
- "FATAL: required environment variable DATABASE_URL is not set" — k8s.logs checkout/checkout-9db494857-rvbxz
- "exitCode: 1"
- "connection refused by 10.0.0.1"
Remediation:
- kubectl set env deployment/checkout DATABASE_URL=… -n checkout
Ruled out:
- OOM: exit code is 1, not 137
`;

function journal(): Journal {
  const book = new Journal();
  book.add({
    call: 1,
    turn: 1,
    name: 'k8s.logs',
    args: { pod: 'checkout-9db494857-rvbxz', namespace: 'checkout' },
    effect: 'read',
    ok: true,
    result: JSON.stringify({
      pod: 'checkout-9db494857-rvbxz',
      namespace: 'checkout',
      lines: ['INFO start', 'FATAL: required environment variable "DATABASE_URL" is not set'],
      lastExit: { exitCode: 1, reason: 'Error' },
      owner: 'Deployment/checkout',
    }),
    startedAt: 0,
    durationMs: 1,
  });
  return book;
}

describe('parseReport', () => {
  it('reads the plain form', () => {
    const report = parseReport(PLAIN)!;
    expect(report.verdict).toBe('cause-found');
    expect(report.confidence).toBe('high');
    expect(report.affected.map(item => item.ref)).toEqual([
      'Pod checkout/checkout-9db494857-rvbxz',
      'Deployment checkout/checkout',
    ]);
    expect(report.evidence[0]).toMatchObject({
      quote: 'FATAL: required environment variable DATABASE_URL is not set',
      source: 'k8s.logs checkout/checkout-9db494857-rvbxz',
    });
    expect(report.remediation).toHaveLength(1);
    expect(report.ruledOut).toEqual(['OOM: exit code is 1, not 137']);
  });

  it('reads what weaker models make of it', () => {
    const markdown = `## Report\n\n**Root Cause:** The image does not exist.\n\n### Confidence\nHigh\n\n**Evidence**\n1. \`manifest unknown\` (k8s.events catalog)\n\n**Recommended actions:**\n* Push the tag\n* Or correct it`;
    const report = parseReport(markdown)!;
    expect(report.rootCause).toBe('The image does not exist.');
    expect(report.confidence).toBe('high');
    expect(report.evidence).toEqual([
      { quote: 'manifest unknown', source: 'k8s.events catalog', verified: false },
    ]);
    expect(report.remediation).toEqual(['Push the tag', 'Or correct it']);
  });

  it('reads JSON, fenced or bare, with objects or strings', () => {
    const json = {
      report: {
        rootCause: 'x is full',
        confidence: 'low',
        affected: [{ kind: 'Pod', namespace: 'a', name: 'b' }],
        evidence: ['"ENOSPC" - k8s.logs a/b'],
        remediation: 'grow it',
      },
    };
    const report = parseReport(`\`\`\`json\n${JSON.stringify(json)}\n\`\`\``)!;
    expect(report.affected[0]!.ref).toBe('Pod a/b');
    expect(report.evidence[0]!.quote).toBe('ENOSPC');
    expect(report.remediation).toEqual(['grow it']);
  });

  it('reads Korean headings and knows verdicts', () => {
    expect(parseReport('결론: 정상\n근본 원인: 문제가 없습니다.')!.verdict).toBe('healthy');
    expect(parseReport('Verdict: inconclusive\nRoot cause: I cannot tell.')!.verdict).toBe('inconclusive');
  });

  it('leaves a plain answer alone', () => {
    expect(parseReport('There are 12 pods in shop.')).toBeUndefined();
    expect(parseReport('Note: the cause: it is unclear {"a": 1}')).toBeUndefined();
  });
});

describe('groundReport', () => {
  it('verifies what calls returned and marks the rest', () => {
    const report = groundReport(parseReport(PLAIN)!, journal());
    expect(report.evidence.map(item => item.verified)).toEqual([true, true, false]);
    expect(report.evidence[1]!.source).toBe('k8s.logs checkout/checkout-9db494857-rvbxz');
    expect(report.affected.map(item => item.verified)).toEqual([true, true]);
    expect(report.confidence).toBe('medium');
  });

  it('gives a report without any verified evidence low confidence', () => {
    const report = parseReport('Root cause: gremlins\nConfidence: high\nEvidence:\n- "gremlins seen"')!;
    expect(groundReport(report, journal()).confidence).toBe('low');
  });

  it('does not verify a number or a name inside a longer one', () => {
    const report = parseReport(
      'Root cause: x\nAffected:\n- Pod checkout/check\nEvidence:\n- "exitCode: 13"',
    )!;
    const grounded = groundReport(report, journal());
    expect(grounded.affected[0]!.verified).toBe(false);
    expect(grounded.evidence[0]!.verified).toBe(false);
  });

  it('follows quotes that were shortened with an ellipsis', () => {
    const report = parseReport('Root cause: x\nEvidence:\n- "FATAL: required … is not set"')!;
    expect(groundReport(report, journal()).evidence[0]!.verified).toBe(true);
  });
});

describe('reportText', () => {
  it('shows what was not found', () => {
    const text = reportText(groundReport(parseReport(PLAIN)!, journal()));
    expect(text).toContain('"connection refused by 10.0.0.1" (not found in the data)');
    expect(text).toContain('Root cause (confidence medium)');
  });
});

import type { Policy } from '../policy.ts';
import { report, script } from './answers.ts';
import { type Call, steps } from './steps.ts';

/**
 * Questions that one analyzer answers. Both modes use it, so tools mode is expected to be nearly as cheap: the
 * scenarios are in the suite to show that.
 */
export function diagnosed(call: Call, peers?: Policy['peers']): Policy {
  const args = JSON.stringify(call.input);
  return {
    code: () => script('Asking the analyzer.', `return finish(report(await ${call.name}(${args})));`),
    tools: steps(
      () => [call],
      ([[text = ''] = []]) => diagnosisReport(text),
    ),
    peers,
  };
}

/** The report that a rendered diagnosis gives: its first trouble whole, the others with a sentence. */
function diagnosisReport(text: string): string {
  const findings = text.split(/^(?=\d+\. (?:critical|warning) )/m).slice(1);
  if (findings.length === 0)
    return report({ verdict: 'healthy', rootCause: text.split('\n').slice(0, 2).join(' ') });
  const read = findings.map(finding => {
    const [head = '', ...lines] = finding.split('\n').map(line => line.trim());
    const after = (prefix: string) =>
      lines.flatMap(line => (line.startsWith(prefix) ? [line.slice(prefix.length)] : []));
    const object = /: (\S+ \S+)/.exec(head)?.[1] ?? '';
    const quotes = after('evidence: ').flatMap(item => {
      const quoted = /^"(.*)" — (.*)$/.exec(item);
      return quoted ? [[quoted[1]!, quoted[2]!] as [string, string]] : [];
    });
    return {
      cause: lines[0] ?? '',
      affected: [object, ...after('affected: ').flatMap(item => item.split(', '))],
      quotes,
      remedies: after('remedy: '),
      ruledOut: after('ruled out: '),
    };
  });
  return report({
    rootCause: read.map(item => item.cause).join(' Also: '),
    affected: read.flatMap(item => item.affected),
    evidence: read.flatMap((item, i) => item.quotes.slice(0, i === 0 ? 5 : 2)),
    remediation: read.flatMap((item, i) => item.remedies.slice(0, i === 0 ? 4 : 1)),
    ruledOut: read[0]!.ruledOut,
  });
}

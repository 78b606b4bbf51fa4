import { isRecord } from '../../shared/json.ts';
import type { Conversation } from './conversation.ts';
import { koreanLead } from './korean.ts';
import type { Intent } from './question.ts';

interface Finding {
  mode: string;
  severity: string;
  rootCause: string;
  object: string;
  workload: string;
  evidence: Array<{ quote: string; source: string }>;
  remediation: string[];
  ruledOut: string[];
  affected: string[];
  /** `Pod shop/db-0`, '' where nothing else is to blame. */
  causedBy: string;
}

/** Turns the result of a `diagnose.*` script into the closing report. */
export function writeReport(value: unknown, intent: Intent, conversation: Conversation): string {
  if (!isRecord(value)) return inconclusive(intent, 'the analysis returned nothing');
  const ko = intent.language === 'ko';
  const summary = text(value['summary']);
  if (value['exists'] === false) {
    const lead = ko ? `${text(value['subject'])}: 존재하지 않습니다. ` : '';
    return render({
      verdict: 'inconclusive',
      rootCause: lead + summary,
      confidence: 'high',
      affected: [],
      evidence: [],
      remediation: [
        ko
          ? '이름과 네임스페이스를 확인하세요: kubectl get all -A'
          : 'Check the name and the namespace: kubectl get all -A',
      ],
      ruledOut: [],
    });
  }
  const findings = (Array.isArray(value['findings']) ? value['findings'] : []).flatMap(readFinding);
  const troubles = findings.filter(finding => finding.severity !== 'info');
  const notes = findings.filter(finding => finding.severity === 'info');
  if (troubles.length === 0 && !(intent.why && notes.length > 0 && intent.kind === 'object')) {
    return healthy(inexact(value, ko) + summary, ko, value['pods']);
  }
  const told = troubles.length > 0 ? troubles : notes;
  const main = told[0]!;
  const wide =
    intent.kind === 'namespace' ||
    intent.kind === 'cluster' ||
    text(value['subject']).startsWith('Namespace ');
  const shown = wide ? told : told.slice(0, 3);
  const total = typeof value['total'] === 'number' ? value['total'] : told.length;
  return render({
    verdict: 'cause-found',
    rootCause: wide
      ? several(shown, Math.max(total - notes.length, shown.length), ko, texts(value['more']))
      : single(shown, ko, elsewhere(value, conversation, intent) + inexact(value, ko), intent.words),
    confidence: main.evidence.length === 0 ? 'low' : main.severity === 'critical' ? 'high' : 'medium',
    affected: [
      ...new Set(
        shown.flatMap(finding => [finding.workload, finding.object, ...(wide ? [] : finding.affected)]),
      ),
    ]
      .filter(Boolean)
      .slice(0, 12),
    evidence: unique(shown.flatMap(finding => finding.evidence.slice(0, wide ? 2 : 5))).slice(0, 12),
    remediation: [...new Set(shown.flatMap(finding => finding.remediation.slice(0, wide ? 1 : 4)))].slice(
      0,
      8,
    ),
    ruledOut: wide ? [] : [...new Set(main.ruledOut)],
  });
}

function single(findings: Finding[], ko: boolean, prefix: string, words: string[] = []): string {
  const main = findings[0]!;
  const told = storyOf(findings, words) ?? main;
  const rest = findings.filter(finding => finding !== told && finding !== main);
  const lead = ko ? `${koreanLead(main.mode)} ` : '';
  const also =
    rest.length > 0
      ? ` ${ko ? '또한' : 'Also found:'} ${rest.map(finding => firstSentence(finding.rootCause)).join(' ')}`
      : '';
  return `${prefix}${lead}${told.rootCause}${also}`;
}

/** What happens to the very thing that was asked about, when its cause (the first finding) lies elsewhere. */
function storyOf(findings: Finding[], words: string[]): Finding | undefined {
  const [main, ...rest] = findings;
  const isAsked = (finding: Finding) =>
    words.some(word => finding.workload.endsWith(`/${word}`) || finding.object.endsWith(`/${word}`));
  if (!main || isAsked(main)) return undefined;
  const leadsToMain = (finding: Finding, links = 3): boolean =>
    finding.causedBy === main.object ||
    (links > 0 && rest.some(next => next.object === finding.causedBy && leadsToMain(next, links - 1)));
  return rest.find(finding => isAsked(finding) && leadsToMain(finding));
}

function several(findings: Finding[], total: number, ko: boolean, more: string[] = []): string {
  if (findings.length === 1) return single(findings, ko, '');
  const lead = ko ? `문제 ${total}건을 찾았습니다.` : `${total} problems found.`;
  const causeOf = (finding: Finding) =>
    findings.findIndex(
      other => other !== finding && finding.causedBy !== '' && other.object === finding.causedBy,
    );
  const told = findings.map(finding => {
    const cause = causeOf(finding);
    const whole = more.length > 0 ? brief(finding.rootCause) : finding.rootCause;
    if (cause < 0) return { ...finding, rootCause: whole };
    const own = whole.replace(/ The cause lies in [\s\S]*$/, '');
    return {
      ...finding,
      rootCause: `${own} ${ko ? `원인은 (${cause + 1})번입니다.` : `This follows from (${cause + 1}).`}`,
    };
  });
  return `${lead} ${told.map((finding, index) => `(${index + 1}) ${ko ? `${koreanLead(finding.mode)} ` : ''}${finding.rootCause}`).join(' ')}${further(total - findings.length, more, ko)}`;
}

/** Characters of one cause among many; the script returns a few more. */
const BRIEF = 260;

/** The first sentence, or what of it fits. */
function brief(rootCause: string): string {
  const [sentence = ''] = rootCause.split(/(?<=[.]) (?=[A-Z])/);
  return sentence.length <= BRIEF ? sentence : sentence.slice(0, BRIEF).replace(/ [^ ]*$/, ' …');
}

/** What is wrong besides, by name and failure mode. */
function further(count: number, more: string[], ko: boolean): string {
  if (count <= 0 || more.length === 0) return '';
  const rest = count - more.length;
  const left = rest > 0 ? (ko ? ` 외 ${rest}건` : ` and ${rest} more`) : '';
  return `${ko ? ' 그 밖에: ' : ' Further: '}${more.join('; ')}${left}.`;
}

/** Says so when the name was only part of what was found. */
function inexact(value: Record<string, unknown>, ko: boolean): string {
  const best = value['best'];
  if (!isRecord(best) || best['how'] !== 'part-of-name') return '';
  return ko
    ? `정확히 그 이름의 객체는 없으며 가장 가까운 것은 ${refText(best)}입니다. `
    : `Nothing has exactly that name; the nearest is ${refText(best)}. `;
}

function refText(value: unknown): string {
  if (!isRecord(value) || typeof value['name'] !== 'string') return '';
  const namespace = text(value['namespace']);
  return `${text(value['kind'])} ${namespace ? `${namespace}/` : ''}${value['name']}`;
}

/** Says so when what was asked about lives in another namespace than the one that was looked at first. */
function elsewhere(value: Record<string, unknown>, conversation: Conversation, intent: Intent): string {
  const namespace = / ([a-z0-9-]+)\//.exec(text(value['subject']))?.[1];
  const asked = intent.namespace ?? conversation.namespace;
  if (!namespace || namespace === asked) return '';
  return intent.language === 'ko'
    ? `${asked} 네임스페이스에는 없고 ${namespace} 네임스페이스에 있습니다. `
    : `There is no such object in namespace ${asked}; ${text(value['subject'])} was found in namespace ${namespace}. `;
}

function healthy(summary: string, ko: boolean, pods: unknown): string {
  const rows = (Array.isArray(pods) ? pods : []).filter(isRecord);
  const evidence = rows
    .filter(row => row['status'] === 'Running' || row['status'] === 'Completed')
    .slice(0, 2)
    .map(row => ({ quote: String(row['status']), source: `k8s.pods ${row['namespace']}/${row['name']}` }));
  return render({
    verdict: 'healthy',
    rootCause: `${ko ? '문제가 없습니다. 정상입니다. ' : 'Nothing is wrong. '}${summary}`,
    confidence: 'high',
    affected: [],
    evidence,
    remediation: [],
    ruledOut: [],
  });
}

export function inconclusive(intent: Intent, why: string): string {
  const flat = why.replace(/\s+/g, ' ').slice(0, 300);
  return render({
    verdict: 'inconclusive',
    rootCause:
      intent.language === 'ko' ? `원인을 알아낼 수 없었습니다: ${flat}` : `I could not find out: ${flat}`,
    confidence: 'low',
    affected: [],
    evidence: [],
    remediation: [],
    ruledOut: [],
  });
}

interface Parts {
  verdict: 'cause-found' | 'healthy' | 'inconclusive';
  rootCause: string;
  confidence: 'high' | 'medium' | 'low';
  affected: string[];
  evidence: Array<{ quote: string; source: string }>;
  remediation: string[];
  ruledOut: string[];
}

function render(parts: Parts): string {
  const list = (title: string, items: string[]) =>
    items.length > 0 ? [`${title}:`, ...items.map(item => `- ${item.replace(/\s+/g, ' ')}`)] : [];
  return `${[
    'REPORT',
    `Verdict: ${parts.verdict}`,
    `Root cause: ${parts.rootCause.replace(/\s+/g, ' ').trim()}`,
    `Confidence: ${parts.confidence}`,
    ...list('Affected', parts.affected),
    ...list(
      'Evidence',
      parts.evidence.map(item => `"${item.quote}" — ${item.source}`),
    ),
    ...list('Remediation', parts.remediation),
    ...list('Ruled out', parts.ruledOut),
  ].join('\n')}\n`;
}

/** Results are capped by structure, so anything may be missing or replaced by a note. */
function readFinding(value: unknown): Finding[] {
  if (!isRecord(value) || typeof value['rootCause'] !== 'string') return [];
  const evidence = (Array.isArray(value['evidence']) ? value['evidence'] : []).flatMap(item =>
    isRecord(item) && typeof item['quote'] === 'string'
      ? [{ quote: item['quote'], source: text(item['source']) }]
      : [],
  );
  return [
    {
      mode: text(value['mode']),
      severity: text(value['severity']),
      rootCause: value['rootCause'],
      object: refText(value['object']),
      workload: text(value['workload']),
      evidence,
      remediation: texts(value['remediation']),
      ruledOut: texts(value['ruledOut']),
      affected: texts(value['affected']),
      causedBy: refText(value['causedBy']),
    },
  ];
}

function unique(items: Finding['evidence']): Finding['evidence'] {
  const seen = new Set<string>();
  return items.filter(item => !seen.has(item.quote) && seen.add(item.quote));
}

function firstSentence(value: string): string {
  return /^.*?[.!?](?=\s[A-Z]|$)/.exec(value)?.[0] ?? value;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : []).filter(item => typeof item === 'string' && !/^…\[/.test(item));
}

import { isRecord } from '../../shared/json.ts';
import { cleanText } from '../../shared/text.ts';
import type { Report } from '../report.ts';

/** The headings that a report may use, and the field each fills. Korean and common variants included. */
const HEADINGS: Array<[RegExp, keyof Draft]> = [
  [/^(verdict|결론|판정)$/i, 'verdict'],
  [/^(root[ -]?cause|cause|근본 ?원인|원인)$/i, 'rootCause'],
  [/^(confidence|신뢰도|확신)$/i, 'confidence'],
  [/^(affected( objects| resources)?|영향( 받는)?( 대상| 객체)?)$/i, 'affected'],
  [/^(evidence|proof|증거|근거)$/i, 'evidence'],
  [
    /^(remediation|fix|recommended (fix|actions?)|recommendations?|next steps?|해결( 방법)?|조치)$/i,
    'remediation',
  ],
  [/^(ruled[ -]?out|배제( 한 가능성)?|배제됨)$/i, 'ruledOut'],
];

interface Draft {
  verdict: string[];
  rootCause: string[];
  confidence: string[];
  affected: string[];
  evidence: string[];
  remediation: string[];
  ruledOut: string[];
}

/**
 * Reads a report out of a model's closing words. Accepts the plain form of the prompt (headings and `-` items),
 * the same in Markdown (`## Root cause`, `**Root cause:**`), and a JSON object. Returns undefined when the text
 * holds no root cause at all: then it is a plain answer.
 */
export function parseReport(text: string): Report | undefined {
  return parseJson(text) ?? parsePlain(text);
}

function parsePlain(text: string): Report | undefined {
  const draft: Draft = {
    verdict: [],
    rootCause: [],
    confidence: [],
    affected: [],
    evidence: [],
    remediation: [],
    ruledOut: [],
  };
  let field: keyof Draft | undefined;
  let fenced = false;
  for (const line of text.split('\n')) {
    if (/^\s*```/.test(line)) {
      fenced = !fenced;
      continue;
    }
    const heading = fenced ? undefined : headingOf(line);
    if (heading) {
      field = heading.field;
      if (heading.rest) draft[field].push(heading.rest);
    } else if (field) draft[field].push(line);
  }
  const rootCause = paragraph(draft.rootCause);
  if (!rootCause) return undefined;
  return toReport({
    verdict: paragraph(draft.verdict),
    rootCause,
    confidence: paragraph(draft.confidence),
    affected: items(draft.affected),
    evidence: items(draft.evidence).map(splitEvidence),
    remediation: items(draft.remediation),
    ruledOut: items(draft.ruledOut),
  });
}

function headingOf(line: string): { field: keyof Draft; rest: string } | undefined {
  const plain = line.replace(/^\s*(#{1,6}\s*|[*_]{1,2}|\d+[.)]\s*)*/, '').replace(/[*_]{1,2}\s*$/, '');
  const match = /^([\p{L} -]{2,30}?)\s*[*_]{0,2}\s*(?::\s*[*_]{0,2}\s*(.*))?$/u.exec(plain);
  if (!match) return undefined;
  const marked = /^\s*(#{1,6}|[*_]{2})/.test(line);
  if (match[2] === undefined && !marked) return undefined;
  const known = HEADINGS.find(([pattern]) => pattern.test(match[1]!.trim()));
  return known && { field: known[1], rest: (match[2] ?? '').trim() };
}

function paragraph(lines: string[]): string {
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** `-`, `*`, `•`, `>` and numbered items; lines without a marker continue the item above, or are items themselves. */
function items(lines: string[]): string[] {
  const out: string[] = [];
  let open = false;
  for (const line of lines) {
    const item = /^\s*(?:[-*•>]|\d+[.)])\s+(.*)$/.exec(line);
    if (item) {
      out.push(item[1]!.trim());
      open = true;
    } else if (line.trim() === '') open = false;
    else if (open && /^\s{2,}/.test(line)) out[out.length - 1] += ` ${line.trim()}`;
    else out.push(line.trim());
  }
  return out.filter(item => item !== '' && !/^\(?(none|n\/a|nothing|없음)\)?\.?$/i.test(item));
}

/** `"quote" — source`, `quote (source)`, `source: "quote"`: the quote is what stands in quotation marks or backticks. */
export function splitEvidence(item: string): { quote: string; source: string } {
  const quoted = /["“`](.+)["”`]/.exec(item);
  if (quoted) {
    const rest = (item.slice(0, quoted.index) + item.slice(quoted.index + quoted[0].length))
      .replace(/^[\s:—–-]+|[\s:—–-]+$/g, '')
      .replace(/^\((.*)\)$/, '$1')
      .replace(/^(from|in|source:)\s+/i, '');
    return { quote: quoted[1]!.trim(), source: rest.trim() };
  }
  const dashed =
    /^(.*\S)\s+[—–]\s+(\S.*)$/.exec(item) ?? /^(.*\S)\s+\(((?:k8s|helm|trace|diagnose)\.[^)]*)\)$/.exec(item);
  return dashed ? { quote: dashed[1]!, source: dashed[2]! } : { quote: item, source: '' };
}

function parseJson(text: string): Report | undefined {
  const start = text.search(/\{\s*"/);
  // Behind headings it is a quote, and whoever wrote the log line that it quotes has no say.
  if (start < 0 || text.slice(0, start).split('\n').some(headingOf)) return undefined;
  const end = text.lastIndexOf('}');
  let value: unknown;
  try {
    value = JSON.parse(text.slice(start, end + 1));
  } catch {
    return undefined;
  }
  if (isRecord(value) && isRecord(value.report)) value = value.report;
  if (!isRecord(value) || typeof value.rootCause !== 'string' || !value.rootCause.trim()) return undefined;
  return toReport({
    verdict: String(value.verdict ?? ''),
    rootCause: value.rootCause.trim(),
    confidence: String(value.confidence ?? ''),
    affected: strings(value.affected),
    evidence: (Array.isArray(value.evidence) ? value.evidence : []).map(item =>
      isRecord(item)
        ? { quote: String(item.quote ?? ''), source: String(item.source ?? '') }
        : splitEvidence(String(item)),
    ),
    remediation: strings(value.remediation),
    ruledOut: strings(value.ruledOut),
  });
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return items(value.split('\n'));
  if (!Array.isArray(value)) return [];
  return value.map(item => {
    if (isRecord(item) && item.kind && item.name) {
      return `${String(item.kind)} ${item.namespace ? `${String(item.namespace)}/` : ''}${String(item.name)}`;
    }
    return typeof item === 'string' ? item : JSON.stringify(item);
  });
}

function toReport(parts: {
  verdict: string;
  rootCause: string;
  confidence: string;
  affected: string[];
  evidence: Array<{ quote: string; source: string }>;
  remediation: string[];
  ruledOut: string[];
}): Report {
  return {
    verdict: verdictOf(parts.verdict, parts.rootCause),
    rootCause: cleanText(parts.rootCause),
    confidence: /high|높/i.test(parts.confidence)
      ? 'high'
      : /low|낮/i.test(parts.confidence)
        ? 'low'
        : 'medium',
    affected: parts.affected.map(ref => ({ ref: cleanText(ref.replace(/^`|`$/g, '')), verified: false })),
    evidence: parts.evidence
      .filter(item => item.quote !== '')
      .map(item => ({ quote: cleanText(item.quote), source: cleanText(item.source), verified: false })),
    remediation: parts.remediation.map(step => cleanText(step.replace(/^`([^`]*)`$/, '$1'))),
    ruledOut: parts.ruledOut.map(cleanText),
  };
}

function verdictOf(stated: string, rootCause: string): Report['verdict'] {
  if (/inconclusive|cannot tell|unknown|not enough|불명|알 수 없/i.test(stated)) return 'inconclusive';
  if (/healthy|nothing|no (problem|issue|fault)|정상/i.test(stated)) return 'healthy';
  if (stated.trim()) return 'cause-found';
  if (/^(nothing is wrong|no (problem|issue)s? (was |were )?found|everything is healthy)/i.test(rootCause))
    return 'healthy';
  return /^(i cannot tell|cannot (be )?(tell|determine)|the data does not say)/i.test(rootCause)
    ? 'inconclusive'
    : 'cause-found';
}

import type { Primordials } from './primordials.ts';

/** What `report` reads: the fields of a report, of a `diagnose` finding, or of a whole diagnosis. */
interface Parts {
  [field: string]: unknown;
}

/**
 * `finish(text)` and `report(parts)`. What `finish` returns is known by identity: nothing that a call answered or a
 * script built can pass for it. Runs inside the instance (see primordials.ts).
 */
export function makeClosing(p: Primordials, fail: (message: string) => Error) {
  const endings = p.newWeakMap();
  /** Of a diagnosis with many troubles. */
  const MOST_TOLD = 8;
  /** Of a list; more are never shown, and comparing each with all takes a script's time. */
  const MOST_LISTED = 24;

  function finish(text: unknown): object {
    if (typeof text !== 'string' || flat(text) === '')
      throw fail('finish takes one text: the answer, or what report({ … }) returns.');
    const mark = p.freeze({ __proto__: null, finish: 'ends the investigation only when it is returned' });
    p.weakSet(endings, mark, text);
    return mark;
  }

  /** The closing words, if `value` is what `finish` returned. */
  function endingOf(value: unknown): string | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    return p.weakGet(endings, value) as string | undefined;
  }

  function report(given: unknown): string {
    if (typeof given !== 'object' || given === null)
      throw fail('report takes an object: { verdict, rootCause, … }, a finding or a diagnosis.');
    const told = p.isArray(given) ? fromDiagnosis({ findings: given }) : fromParts(given as Parts);
    let text = `REPORT\nVerdict: ${told.verdict}\nRoot cause: ${told.rootCause}\nConfidence: ${told.confidence}`;
    text += section('Affected', told.affected, 12);
    text += section('Evidence', told.evidence, 12);
    text += section('Remediation', told.remediation, 8);
    return text + section('Ruled out', told.ruledOut, 12);
  }

  function fromParts(parts: Parts) {
    const base = p.isArray(parts.findings) ? fromDiagnosis(parts) : fromFinding(parts);
    const chosen = (key: 'verdict' | 'rootCause' | 'confidence') =>
      parts[key] === undefined ? base[key] : flat(parts[key]);
    const told = { ...base, verdict: chosen('verdict'), confidence: chosen('confidence') };
    told.rootCause = chosen('rootCause');
    if (told.rootCause === '') throw fail('report needs a rootCause: one to three sentences.');
    if (base.single) return told;
    // Lists that stand beside a diagnosis replace what follows from its findings.
    const own = fromFinding(parts);
    if (parts.affected !== undefined) told.affected = own.affected;
    if (parts.evidence !== undefined) told.evidence = own.evidence;
    if (parts.remediation !== undefined) told.remediation = own.remediation;
    if (parts.ruledOut !== undefined) told.ruledOut = own.ruledOut;
    return told;
  }

  function fromFinding(parts: Parts) {
    const affected: string[] = [];
    add(affected, parts.workload);
    add(affected, parts.object);
    addAll(affected, parts.affected);
    const evidence: string[] = [];
    addQuotes(evidence, parts.evidence, 8);
    const remediation: string[] = [];
    addAll(remediation, parts.remediation);
    const ruledOut: string[] = [];
    addAll(ruledOut, parts.ruledOut);
    const graded = parts.severity === 'critical' ? 'high' : 'medium';
    return {
      single: true,
      verdict: 'cause-found',
      rootCause: flat(parts.rootCause ?? ''),
      confidence: evidence.length === 0 ? 'low' : graded,
      affected,
      evidence,
      remediation,
      ruledOut,
    };
  }

  /**
   * The first trouble with all that proves it, the others with the best proof of each. What follows from one of
   * them is only affected.
   */
  function fromDiagnosis(diagnosis: Parts) {
    const findings = diagnosis.findings as Parts[];
    const told = { ...fromFinding({}), single: false };
    const causes: string[] = [];
    let count = 0;
    let more = 0;
    for (let i = 0; i < findings.length; i++) {
      const finding = findings[i]!;
      if (finding.severity === 'info') continue;
      const own = fromFinding(finding);
      if (finding.causedBy && has(causes, flat(finding.causedBy))) {
        addAll(told.affected, own.affected);
        continue;
      }
      if (count === MOST_TOLD) {
        more += 1;
        continue;
      }
      count += 1;
      causes[causes.length] = flat(finding.object);
      if (count === 1) {
        told.confidence = own.confidence;
        told.ruledOut = own.ruledOut;
      }
      told.rootCause += `${count === 1 ? '' : ' '}(${count}) ${own.rootCause}`;
      addAll(told.affected, own.affected);
      for (let j = 0; j < own.evidence.length && j < (count === 1 ? 5 : 2); j++)
        add(told.evidence, own.evidence[j]);
      for (let j = 0; j < own.remediation.length && j < (count === 1 ? 4 : 1); j++)
        add(told.remediation, own.remediation[j]);
    }
    if (count === 1) told.rootCause = p.slice(told.rootCause, 4);
    if (count > 1) told.rootCause = `${count + more} problems found. ${told.rootCause}`;
    if (more > 0) told.rootCause += ` And ${more} more.`;
    if (count > 0) return told;
    told.verdict = diagnosis.exists === false ? 'inconclusive' : 'healthy';
    told.confidence = 'high';
    told.rootCause = flat(`${diagnosis.summary ?? 'Nothing is wrong.'} ${diagnosis.notFoundHint ?? ''}`);
    return told;
  }

  function section(title: string, items: string[], most: number): string {
    let text = '';
    for (let i = 0; i < items.length && i < most; i++) text += `\n- ${items[i]}`;
    return text === '' ? '' : `\n${title}:${text}`;
  }

  function addAll(out: string[], list: unknown): void {
    if (!p.isArray(list)) add(out, list);
    else for (let i = 0; i < list.length && out.length < MOST_LISTED; i++) add(out, list[i]);
  }

  function add(out: string[], item: unknown): void {
    const text = flat(item);
    if (text === '') return;
    if (!has(out, text)) out[out.length] = text;
  }

  function has(list: string[], text: string): boolean {
    for (let i = 0; i < list.length; i++) if (list[i] === text) return true;
    return false;
  }

  function addQuotes(out: string[], list: unknown, most: number): void {
    const items = p.isArray(list) ? list : [list];
    for (let i = 0; i < items.length && i < most; i++) {
      const { quote, source } = (items[i] ?? {}) as Parts;
      if (quote === undefined) add(out, items[i]);
      else add(out, `"${flat(quote)}"${source === undefined ? '' : ` — ${flat(source)}`}`);
    }
  }

  /** On one line, so that a log line with line breaks in it cannot begin a section of the report. */
  function flat(value: unknown): string {
    if (value === undefined || value === null) return '';
    if (typeof value === 'object') return objectText(value as Parts);
    let out = '';
    let gap = false;
    const text = p.text(value);
    for (let i = 0; i < text.length; i++) {
      const char = text[i]!;
      if (char <= ' ' || char === '\u2028' || char === '\u2029' || char === '\u0085') gap = out !== '';
      else {
        out += gap ? ` ${char}` : char;
        gap = false;
      }
    }
    return out;
  }

  function objectText(value: Parts): string {
    if (typeof value.name !== 'string') return p.stringify(value);
    const kind = value.kind === undefined ? '' : `${flat(value.kind)} `;
    const namespace = value.namespace ? `${flat(value.namespace)}/` : '';
    return `${kind}${namespace}${flat(value.name)}`;
  }

  return { finish, report, endingOf };
}

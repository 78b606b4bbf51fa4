import type { PolicyTurn } from '../policy.ts';

/** One answer in code mode: what is wanted, and the script. */
export function script(words: string, code: string): string {
  return `${words}\n\`\`\`ts\n${code.trim()}\n\`\`\``;
}

/** What the newest script returned. */
export function returned<T>(turn: PolicyTurn): T {
  const text = turn.results[0] ?? '';
  const fenced = /```(?:json)?\n([\s\S]*?)\n```/.exec(text)?.[1];
  return JSON.parse(fenced ?? text.slice(Math.max(0, text.search(/[[{]/)))) as T;
}

export interface Closing {
  verdict?: 'cause-found' | 'healthy' | 'inconclusive';
  rootCause: string;
  confidence?: 'high' | 'medium' | 'low';
  affected?: string[];
  /** Quotes with their sources: `[quote, source]`. */
  evidence?: Array<[quote: string, source: string]>;
  remediation?: string[];
  ruledOut?: string[];
}

/** A report in the form that kv asks models for. */
export function report(parts: Closing): string {
  const list = (title: string, items: string[] = []) =>
    items.length === 0 ? '' : `\n${title}:\n${items.map(item => `- ${item}`).join('\n')}`;
  return [
    `REPORT\nVerdict: ${parts.verdict ?? 'cause-found'}\nRoot cause: ${parts.rootCause}`,
    `\nConfidence: ${parts.confidence ?? 'high'}`,
    list('Affected', parts.affected),
    list(
      'Evidence',
      parts.evidence?.map(([quote, source]) => `"${quote}" — ${source}`),
    ),
    list('Remediation', parts.remediation),
    list('Ruled out', parts.ruledOut),
  ].join('');
}

import { isRecord } from '../../../../shared/json.ts';

/** Texts that would read as something else, or whose ends would not be seen. */
const NEEDS_QUOTES = /^(?:|-?\d+(?:\.\d+)?|true|false|null|~|-)$|^\s|\s$/;
/** What would end a value inside `{…}` or `[…]` too early. */
const NEEDS_QUOTES_IN_FLOW = /[,{}[\]\n]|: /;

/** A single value on a line of its own: text as it is, quoted only where it could be misread. */
export function scalarText(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  return NEEDS_QUOTES.test(value) ? JSON.stringify(value) : value;
}

/** A value of any depth on one line: `{name: app, ports: [80, 443]}`. */
export function flowText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(', ')}]`;
  if (isRecord(value)) {
    const parts: string[] = [];
    for (const key in value) {
      if (value[key] !== undefined && value[key] !== null) parts.push(`${key}: ${flowText(value[key])}`);
    }
    return `{${parts.join(', ')}}`;
  }
  if (typeof value !== 'string') return String(value);
  return NEEDS_QUOTES.test(value) || NEEDS_QUOTES_IN_FLOW.test(value) ? JSON.stringify(value) : value;
}

/** Nothing to say: a table or a block leaves it out. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

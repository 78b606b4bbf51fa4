import { isRecord } from '../../shared/json.ts';

const BARE_NAME = /^[A-Za-z_$][\w$]*$/u;

/** A value as a script would write it, over as few lines as `columns` allow: what fits stays on one line, so a list of small objects reads as a table. */
export function fitJson(value: unknown, columns: number, indent = 0, key = ''): string[] {
  const pad = ' '.repeat(indent);
  const flat = pad + key + compact(value);
  const isLeaf = !Array.isArray(value) && !isRecord(value);
  if (isLeaf || flat.length <= columns) return [flat];
  const entries: Array<[string, unknown]> = Array.isArray(value)
    ? value.map(item => ['', item])
    : Object.entries(value).map(([name, item]) => [`${nameOf(name)}: `, item]);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const body = entries.flatMap(([name, item], index) => {
    const lines = fitJson(item, columns - 1, indent + 2, name);
    return index === entries.length - 1 ? lines : lines.with(-1, `${lines.at(-1)},`);
  });
  return [pad + key + open, ...body, pad + close];
}

/** The outline of a value that is too long to show: one line for each of its entries, to be cut at the edge. */
export function outlineJson(value: unknown): string[] {
  if (Array.isArray(value)) return ['[', ...value.map(item => `  ${compact(item)},`), ']'];
  if (!isRecord(value)) return [compact(value)];
  const entries = Object.entries(value).map(
    ([name, item]) => `  ${nameOf(name)}: ${counted(item)}${compact(item)},`,
  );
  return ['{', ...entries, '}'];
}

/** `(34) ` before a list, whose end will not be seen. */
function counted(value: unknown): string {
  return Array.isArray(value) && value.length > 1 ? `(${value.length}) ` : '';
}

/** JSON text over as few lines as fit, a JSON string as what it says; any other text as it is. */
export function readableJson(text: string, columns: number): string {
  const value = parseJson(text);
  if (value === undefined) return text;
  return typeof value === 'string' ? value : fitJson(value, columns).join('\n');
}

/** undefined where the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function compact(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(compact).join(', ')}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? 'undefined';
  const parts = Object.entries(value).map(([name, item]) => `${nameOf(name)}: ${compact(item)}`);
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}

function nameOf(name: string): string {
  return BARE_NAME.test(name) ? name : JSON.stringify(name);
}

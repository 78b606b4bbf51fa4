import { isRecord } from '../../../../shared/json.ts';
import type { Line } from './line.ts';
import { flowText, isAbsent, scalarText } from './scalar.ts';
import { tableLines } from './table.ts';

/** Values that take no more than this are written on one line. */
const FLOW_CHARACTERS = 140;
const CERTIFICATE = '-----BEGIN CERTIFICATE-----';
/** The same for an object of a list: one line each reads well. */
const ITEM_CHARACTERS = 240;
/** Objects in a list become a table from here on. */
const TABLE_ROWS = 3;

/** Any value in YAML's manner: one line a field, small values on one line, lists of like objects as tables. */
export function blockLines(value: unknown, indent = ''): Line[] {
  if (Array.isArray(value)) return listLines(value, indent);
  if (isRecord(value)) return fieldLines(value, indent);
  if (typeof value === 'string') return value.split('\n').map(text => ({ text: indent + text }));
  return [{ text: indent + scalarText(value) }];
}

function fieldLines(object: Record<string, unknown>, indent: string): Line[] {
  const lines: Line[] = [];
  for (const [key, value] of Object.entries(object)) {
    if (isAbsent(value) || (indent !== '' && Array.isArray(value) && value.length === 0)) continue;
    const inline = inlineText(value);
    if (inline !== undefined) {
      lines.push({ text: `${indent}${key}: ${inline}` });
      continue;
    }
    const head = `${indent}${key}:`;
    const text = typeof value === 'string' ? `${head} ${value.endsWith('\n') ? '|' : '|-'}` : head;
    lines.push({ text }, ...below(value, indent).map(line => ({ ...line, head: line.head ?? head })));
  }
  return lines;
}

/** What stands under a field's name. */
function below(value: unknown, indent: string): Line[] {
  if (typeof value === 'string') return blockLines(value.replace(/\n$/, ''), `${indent}  `);
  return blockLines(value, Array.isArray(value) ? indent : `${indent}  `);
}

/** The value on one line, where it is small enough or cannot be broken. */
function inlineText(value: unknown, most = FLOW_CHARACTERS): string | undefined {
  if (typeof value === 'string') {
    if (value.startsWith(CERTIFICATE)) return `(certificates, ${value.length} characters)`;
    return /\n./.test(value) ? undefined : scalarText(value);
  }
  if (!Array.isArray(value) && !isRecord(value)) return scalarText(value);
  if (sizeBeyond(value, most) > most) return undefined;
  const flow = flowText(value);
  return flow.length <= most ? flow : undefined;
}

function listLines(items: unknown[], indent: string): Line[] {
  if (items.length >= TABLE_ROWS && items.every(isRecord)) {
    const table = tableLines(items);
    if (table) return table.map(line => indented(line, indent));
  }
  return items.flatMap(item => {
    const isFlat = isRecord(item) && Object.values(item).every(field => typeof field !== 'object');
    const inline = inlineText(item, isFlat ? ITEM_CHARACTERS : FLOW_CHARACTERS);
    if (inline !== undefined) return [{ text: `${indent}- ${inline}` }];
    const lines = blockLines(item, `${indent}  `);
    const first = `${indent}- ${lines[0]?.text.trimStart() ?? ''}`;
    return lines.map((line, i) => (i === 0 ? { text: first } : { ...line, head: line.head ?? first }));
  });
}

function indented(line: Line, indent: string): Line {
  return { text: indent + line.text, head: line.head === undefined ? undefined : indent + line.head };
}

/** About how long the value's flow text is; stops counting beyond `limit`. */
function sizeBeyond(value: unknown, limit: number): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 4;
  let size = 2;
  for (const [key, item] of Object.entries(value)) {
    size += (Array.isArray(value) ? 2 : key.length + 4) + sizeBeyond(item, limit - size);
    if (size > limit) break;
  }
  return size;
}

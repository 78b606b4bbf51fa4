import { parse, stringify } from 'yaml';
import { isRecord } from '../../shared/json.ts';
import { readBlocks } from './read-blocks.ts';

/** One row of a table, by column: texts as they stood there. */
export type Row = Record<string, string>;

const EVERY = /^in every row: /;
const USUALLY = /^unless a row says otherwise: /;
const DAY = /^all times are of (\S+)$/;
const TIME = /^\d\d:\d\d:\d\d(?:\.\d+)?Z?$/;
/** What rows append where few have it: `name: value`. */
const NAMED = /^([A-Za-z][\w./-]*): (.*)$/s;

/**
 * Reads the tables that single tools answer with: a header with tabs, a line a row. Values that are stated once for
 * all rows are put back into each, and so is the day of times. Lines that belong to no table are passed over. A list
 * of one object is no table: it is told as a block, and read as the one row that it would be.
 */
export function readTable(text: string): Row[] {
  return /^- /m.test(text) ? readBlocks<object>(text).map(object => flattened(object)) : tableRows(text);
}

function flattened(object: object, prefix = ''): Row {
  const row: Row = {};
  for (const [key, value] of Object.entries(object)) {
    const column = `${prefix}${key}`.replace(/^metadata\./, '');
    if (isRecord(value)) Object.assign(row, flattened(value, `${column}.`.replace(/^metadata\.$/, '')));
    else if (Array.isArray(value))
      row[column] = stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
    else if (value !== undefined && value !== null) row[column] = String(value);
  }
  return row;
}

function tableRows(text: string): Row[] {
  const rows: Row[] = [];
  let every: Row = {};
  let usual: Row = {};
  let day = '';
  let header: string[] | undefined;
  for (const line of text.split('\n')) {
    const shared = DAY.exec(line)?.[1];
    if (shared) day = shared;
    else if (EVERY.test(line)) every = namedValues(line.replace(EVERY, ''));
    else if (USUALLY.test(line)) usual = namedValues(line.replace(USUALLY, ''));
    else if (line.includes('\t') || header?.length === 1) {
      const cells = line.split('\t');
      if (!header) header = cells;
      else if (line !== header.join('\t')) rows.push({ ...every, ...usual, ...rowOf(header, cells, day) });
    } else if (!header && /^[\w.]+$/.test(line)) header = [line];
  }
  return rows;
}

function rowOf(header: string[], cells: string[], day: string): Row {
  const row: Row = {};
  for (const [i, cell] of cells.entries()) {
    const column = header[i];
    const named = column === undefined ? NAMED.exec(cell) : undefined;
    const name = column ?? named?.[1];
    const value = named ? named[2]! : cell;
    if (name === undefined || value === '-') continue;
    row[name] = day !== '' && TIME.test(value) ? `${day}T${value}` : value;
  }
  return row;
}

/** `a: 1, b: {c: 2}` → its values; commas inside brackets do not end one. */
function namedValues(text: string): Row {
  const values: Row = {};
  for (const part of topLevel(text)) {
    const named = NAMED.exec(part);
    if (named) values[named[1]!] = named[2]!;
  }
  return values;
}

function topLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '"' && text[i - 1] !== '\\') quoted = !quoted;
    if (quoted) continue;
    if ('{['.includes(char)) depth += 1;
    else if ('}]'.includes(char)) depth -= 1;
    else if (depth === 0 && char === ',' && /^ [A-Za-z][\w./-]*: /.test(text.slice(i + 1))) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}

/** A cell that holds a list or an object (`[{name: app, image: …}]`); undefined where there is none. */
export function nested<T>(cell: string | undefined): T | undefined {
  return cell === undefined || cell === '' ? undefined : (parse(cell) as T);
}

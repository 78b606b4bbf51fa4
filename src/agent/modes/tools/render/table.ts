import { isRecord } from '../../../../shared/json.ts';
import type { Line } from './line.ts';
import { flowText, isAbsent } from './scalar.ts';

/** Cheapest of the separators that cannot be mistaken for part of a value (tab, ` | `, `, `, two blanks). */
const SEPARATOR = '\t';
/** Columns filled in fewer of the rows than this are written as `name: value` at the end of the rows that have them. */
const DENSE = 0.6;
/** A nested object becomes columns of its own up to this many; with more it is written on one line. */
const NESTED_COLUMNS = 6;
/** Rows that are wider are documents, not rows. */
const CELL_CHARACTERS = 400;
const ROW_CHARACTERS = 900;
/** Rows whose size is looked at before all are. */
const SAMPLE = 5;
/** Texts of more lines (diffs, scripts) keep their lines, and so cannot stand in a cell. */
const CELL_LINES = 4;
const RFC3339_DAY = /^\d{4}-\d\d-\d\dT/;
/** A value that this share of at least so many rows has is stated once; the other rows say theirs. */
const USUAL = { share: 0.8, rows: 5, characters: 10 };

interface Column {
  name: string;
  /** One a row, '' where there is nothing. */
  cells: string[];
  filled: number;
}

/**
 * Objects of like shape as a table: one header, one line an object. Columns that are empty everywhere are left
 * out, columns that are the same (nearly) everywhere are stated once, and so is the day that all times share.
 * undefined where the objects are too large for lines.
 */
export function tableLines(rows: ReadonlyArray<Record<string, unknown>>): Line[] | undefined {
  if (rows.length < 2) return undefined;
  const sample = JSON.stringify(rows.slice(0, SAMPLE)).length / Math.min(SAMPLE, rows.length);
  if (sample > ROW_CHARACTERS * 2) return undefined;
  const columns: Column[] = [];
  if (!addColumns(columns, '', rows)) return undefined;
  const width = columns.reduce((sum, column) => sum + totalLength(column), 0) / rows.length;
  if (width > ROW_CHARACTERS) return undefined;
  const day = sharedDay(columns);
  const same = columns.filter(column => isConstant(column, rows.length));
  const varied = columns.filter(column => !same.includes(column));
  const usual = new Map(varied.map(column => [column, usualOf(column)]));
  const dense = varied.filter(
    column => usual.get(column) === undefined && column.filled >= rows.length * DENSE,
  );
  const sparse = varied.filter(column => !dense.includes(column));
  const head = dense.map(column => column.name).join(SEPARATOR);
  const lines: Line[] = [];
  const said = (list: Column[], value: (column: Column) => string | undefined) =>
    list.map(column => `${column.name}: ${value(column)}`).join(', ');
  if (day) lines.push({ text: `all times are of ${day.slice(0, -1)}` });
  if (same.length > 0) lines.push({ text: `in every row: ${said(same, column => column.cells[0])}` });
  const common = sparse.filter(column => usual.get(column) !== undefined);
  if (common.length > 0)
    lines.push({ text: `unless a row says otherwise: ${said(common, column => usual.get(column))}` });
  if (head !== '') lines.push({ text: head });
  for (let i = 0; i < rows.length; i++) {
    let text = '';
    for (const { cells } of dense) text += (text === '' ? '' : SEPARATOR) + (cells[i] || '-');
    for (const column of sparse) {
      const cell = column.cells[i]!;
      if (cell === (usual.get(column) ?? '')) continue;
      text += `${text === '' ? '' : SEPARATOR}${column.name}: ${cell || '-'}`;
    }
    lines.push(head === '' ? { text } : { text, head });
  }
  return lines;
}

/** Adds the columns of these objects (undefined: a row without one). False when a value is too long for a cell. */
function addColumns(
  columns: Column[],
  prefix: string,
  rows: ReadonlyArray<Record<string, unknown> | undefined>,
): boolean {
  const keys = new Set<string>();
  for (const row of rows) for (const key in row) keys.add(key);
  for (const key of keys) {
    const values = rows.map(row => row?.[key]);
    // `metadata.name` is what every reader calls the name.
    const name = `${prefix}${key}`.replace(/^metadata\.(?=.)/, '');
    const nested = asColumns(values);
    if (nested) {
      if (!addColumns(columns, `${prefix}${key}.`, nested)) return false;
      continue;
    }
    if (values.some(hasManyLines)) return false;
    let filled = 0;
    const cells = values.map(value => {
      const text = cellText(value);
      if (text !== '') filled += 1;
      return text;
    });
    if (cells.some(text => text.length > CELL_CHARACTERS)) return false;
    if (filled > 0) columns.push({ name, cells, filled });
  }
  return true;
}

/** The values as rows of their own, where nearly all are small objects with the same fields. */
function asColumns(values: unknown[]): Array<Record<string, unknown> | undefined> | undefined {
  const keys = new Map<string, number>();
  let count = 0;
  for (const value of values) {
    if (isAbsent(value)) continue;
    if (!isRecord(value)) return undefined;
    count += 1;
    for (const key in value) keys.set(key, (keys.get(key) ?? 0) + 1);
  }
  if (keys.size === 0 || keys.size > NESTED_COLUMNS) return undefined;
  if (count < values.length * DENSE && keys.size > 1) return undefined;
  for (const times of keys.values()) if (times < count * DENSE) return undefined;
  return values as Array<Record<string, unknown> | undefined>;
}

function cellText(value: unknown): string {
  if (isAbsent(value)) return '';
  if (typeof value === 'string') return value.includes('\n') || value.includes('\t') ? oneLine(value) : value;
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value) && value.length === 0) return '';
  return flowText(value);
}

function hasManyLines(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.length > CELL_LINES &&
    value.split('\n', CELL_LINES + 1).length > CELL_LINES
  );
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*[\n\t]\s*/g, ' ');
}

function isConstant({ cells, filled }: Column, rows: number): boolean {
  const first = cells[0];
  return filled === rows && cells.every(cell => cell === first);
}

/** The value that most rows have, if it is worth saying only once. */
function usualOf({ cells }: Column): string | undefined {
  if (cells.length < USUAL.rows) return undefined;
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  for (const [cell, count] of counts) {
    if (cell.length >= USUAL.characters && count >= cells.length * USUAL.share) return cell;
  }
  return undefined;
}

/** The day that all times of the table share; it is taken out of the cells. */
function sharedDay(columns: Column[]): string | undefined {
  const times = columns.filter(({ cells }) => RFC3339_DAY.test(cells.find(cell => cell !== '') ?? ''));
  const day = RFC3339_DAY.exec(times[0]?.cells.find(cell => cell !== '') ?? '')?.[0];
  if (!day || !times.every(({ cells }) => cells.every(cell => cell === '' || cell.startsWith(day))))
    return undefined;
  for (const column of times) column.cells = column.cells.map(cell => cell.slice(day.length));
  return day;
}

function totalLength({ cells }: Column): number {
  let length = 0;
  for (const cell of cells) length += cell.length;
  return length;
}

import type { Database, Statement } from 'better-sqlite3';
import { cleanText } from '../../shared/text.ts';
import type { SqlAnswer, SqlCell, SqlOrder } from './protocol.ts';

/** Statements that only read. ATTACH would reach other files, PRAGMA the settings that keep this one safe. */
const READS = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(?:select|with|values|explain)\b/i;
const LONGEST_TEXT = 10_000;

/** Runs one reading statement, row by row until a limit is reached. Throws an Error that says what is not allowed. */
export function executeSql(db: Database, { sql, maxRows, maxBytes }: Omit<SqlOrder, 'path'>): SqlAnswer {
  if (!READS.test(sql)) throw new Error('only SELECT, WITH, VALUES and EXPLAIN are run');
  const statement = db.prepare(sql);
  if (!statement.reader || !statement.readonly) throw new Error('the statement does not only read');
  const columns = columnsOf(statement);
  const rows: SqlAnswer['rows'] = [];
  let room = maxBytes;
  for (const values of statement.raw().safeIntegers().iterate() as IterableIterator<unknown[]>) {
    const row = Object.fromEntries(columns.map((column, at) => [column, cellOf(values[at])]));
    room -= JSON.stringify(row).length + 1;
    if (rows.length >= maxRows || room < 0) return { columns, rows, cut: true };
    rows.push(row);
  }
  return { columns, rows, cut: false };
}

/** Columns of one name get a number: a row is an object. */
function columnsOf(statement: Statement): string[] {
  const taken = new Map<string, number>();
  return statement.columns().map(({ name }) => {
    const plain = cleanText(name);
    const nth = (taken.get(plain) ?? 0) + 1;
    taken.set(plain, nth);
    return nth === 1 ? plain : `${plain}_${nth}`;
  });
}

/** Integers that a double cannot hold are texts, blobs are described. */
function cellOf(value: unknown): SqlCell {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (typeof value === 'string') return cleanText(value.slice(0, LONGEST_TEXT));
  if (value instanceof Uint8Array) return `blob of ${value.length} bytes`;
  return value as number | null;
}

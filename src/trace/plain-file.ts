import { stat } from 'node:fs/promises';
import type { Database } from 'better-sqlite3';
import { KvError } from '../shared/errors.ts';

const HINT = 'Give the path of a trace file.';

/**
 * The trace, and what SQLite looks for beside it: it would wait for ever for the other end of a pipe. Rejects with a
 * KvError of kind `usage`.
 */
export async function mustBeFiles(path: string): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    throw new KvError(
      'usage',
      found.code === 'ENOENT' ? `There is no file ${path}.` : `${path} cannot be read: ${found.code}.`,
      { hint: HINT, cause: found },
    );
  }
  if (!found.isFile()) throw new KvError('usage', `${path} is no file.`, { hint: HINT });
  for (const beside of ['-wal', '-shm', '-journal'].map(end => `${path}${end}`)) {
    const other = await stat(beside).catch(() => undefined);
    if (other && !other.isFile()) {
      throw new KvError('usage', `${path} cannot be read: ${beside} is no file.`, {
        hint: `Copy ${path} alone to another folder.`,
      });
    }
  }
}

export interface FileTables {
  /** Ordinary tables, with their columns. */
  tables: Map<string, Set<string>>;
  /** Views, virtual tables and tables with computed columns: reading them runs what their author wrote. */
  others: Set<string>;
}

export function tablesOf(db: Database): FileTables {
  const rows = db
    .prepare(
      `SELECT m.name AS name, p.name AS field,
         m.type = 'view' OR m.sql LIKE 'CREATE VIRTUAL%' OR p.hidden <> 0 AS runs
       FROM sqlite_master m LEFT JOIN pragma_table_xinfo(m.name) p WHERE m.type IN ('table', 'view')`,
    )
    .all() as Array<{ name: string; field: string; runs: 0 | 1 | null }>;
  const others = new Set(rows.filter(({ runs }) => runs !== 0).map(({ name }) => name));
  const tables = new Map<string, Set<string>>();
  for (const { name, field } of rows) {
    if (!others.has(name)) tables.set(name, (tables.get(name) ?? new Set()).add(field));
  }
  return { tables, others };
}

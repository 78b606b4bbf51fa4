import type { Database } from 'better-sqlite3';

export interface Retention {
  /** The newest this many sessions are kept. */
  sessions: number;
  /** Bytes of events and calls that are kept, newest sessions first. */
  bytes: number;
}

export const DEFAULT_RETENTION: Retention = { sessions: 200, bytes: 500_000_000 };

/** A session written to this recently may be in use by another process. */
const IN_USE_MS = 60 * 60 * 1000;

/** Removes the oldest sessions beyond the limits and gives their space back. Returns the ids removed. */
export function prune(db: Database, retention: Retention, now: number): string[] {
  const rows = db
    .prepare<[], { id: string; bytes: number; updated_at: number }>(
      'SELECT id, bytes, updated_at FROM sessions ORDER BY updated_at DESC, id DESC',
    )
    .all();
  let bytes = 0;
  const surplus = rows.filter((row, index) => {
    bytes += row.bytes;
    const over = index >= retention.sessions || (index > 0 && bytes > retention.bytes);
    return over && now - row.updated_at > IN_USE_MS;
  });
  if (surplus.length === 0) return [];
  const remove = db.prepare('DELETE FROM sessions WHERE id = ?');
  db.transaction(() => {
    for (const { id } of surplus) remove.run(id);
  }).immediate();
  db.pragma('incremental_vacuum');
  return surplus.map(row => row.id);
}

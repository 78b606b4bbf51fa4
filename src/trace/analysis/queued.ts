import type { TraceReader } from '../model.ts';
import type { SlowCall } from './slow-calls.ts';

/** What had been given to the GPU before a call that waits for it, since the last time that its thread waited. */
export interface Queued {
  launches: number;
  /** Most launched first. */
  kernels: Array<{ name: string; launches: number }>;
  copies: number;
  bytes: number;
  collectives: number;
}

interface Row {
  fn: string;
  kind: string;
  stream: number | null;
  kernel: string | null;
  bytes: number | null;
}

/** How many rows before a call are looked through. */
const LOOK_BACK = 20_000;
/** Of how many calls, the longest. */
const MOST_CALLS = 20;

/** What the longest of some waiting calls waited for, summed. Undefined where no row before them says. */
export function queuedBefore(reader: TraceReader, calls: readonly SlowCall[]): Queued | undefined {
  const longest = [...calls].sort((a, b) => b.dur - a.dur).slice(0, MOST_CALLS);
  const kernels = new Map<string, number>();
  const sum = { launches: 0, copies: 0, bytes: 0, collectives: 0 };
  for (const call of longest) {
    for (const row of since(reader, call)) {
      if (row.kind === 'launch' || row.kind === 'graph') {
        sum.launches += 1;
        if (row.kernel !== null) kernels.set(row.kernel, (kernels.get(row.kernel) ?? 0) + 1);
      } else if (row.kind === 'copy') {
        sum.copies += 1;
        sum.bytes += row.bytes ?? 0;
      } else sum.collectives += 1;
    }
  }
  if (sum.launches + sum.copies + sum.collectives === 0) return undefined;
  const named = [...kernels].sort(([, a], [, b]) => b - a).slice(0, 3);
  return { ...sum, kernels: named.map(([name, launches]) => ({ name, launches })) };
}

/**
 * Ids grow with the ends of calls, so what was queued before a call has a smaller one. `IS` and coalesce keep SQLite from
 * beginning with another table than the one that has the ids.
 */
function since(reader: TraceReader, call: SlowCall): Row[] {
  const rows = reader.query<Row>(
    `SELECT fn, kind, stream, kernel, bytes FROM trace_calls
     WHERE id < ? AND id >= ? AND pid IS ? AND parent IS NULL AND start < ?
       AND coalesce(kind, '') IN ('launch', 'graph', 'copy', 'collective', 'sync')
     ORDER BY id DESC`,
    [call.id, call.id - LOOK_BACK, call.pid, call.start],
  );
  const isSame = ({ fn, stream }: Row) =>
    !call.stream || stream === null || stream === call.stream || /Device|Ctx/.test(fn);
  const last = rows.findIndex(row => isSame(row) && endsQueue(row));
  return rows.slice(0, last < 0 ? undefined : last).filter(row => isSame(row) && row.kind !== 'sync');
}

/** After these, nothing that was queued before them is still to be done. */
function endsQueue({ fn, kind }: Row): boolean {
  return (kind === 'sync' && /Sync(?:hronize)?$/.test(fn)) || (kind === 'copy' && !/Async/.test(fn));
}

import type { TraceCall, TraceReader } from '../model.ts';
import { type WindowMs, windowOf } from './window.ts';

/** Time in the calls directly inside another, by function, in nanoseconds. */
export type Inside = ReadonlyMap<string, number>;

export interface OutermostCall {
  call: TraceCall;
  inside: Inside;
}

const COLUMNS = 'id, pid, tid, fn, layer, kind, start, dur, bytes, direction, stream, ret, parent, kernel';
const CUDA = `layer IN ('runtime', 'driver', 'nccl')`;
/** The rest is left to whoever called: this only spares rows. */
const MOST_CASES = 400;
const NONE: Inside = new Map();

/**
 * Calls of the window of at least `floor` nanoseconds that no other call is around; most of those shorter than `least`
 * says for their function are left out. What is around what, kv's own files say; in others it follows from the times of the thread.
 */
export function outermostCalls(
  reader: TraceReader,
  window: WindowMs,
  floor: number,
  least: ReadonlyMap<string, number>,
): OutermostCall[] {
  return reader.info.format === 'kv'
    ? byParent(reader, window, floor, least)
    : byTime(reader, window, floor, least);
}

function byParent(
  reader: TraceReader,
  window: WindowMs,
  floor: number,
  least: ReadonlyMap<string, number>,
): OutermostCall[] {
  const { from, to } = windowOf(window);
  const over = [...least].filter(([, ns]) => ns > floor).slice(0, MOST_CASES);
  // The first comparison needs no look at the name, and leaves few rows for the second.
  const cases = over.length > 0 ? `AND dur >= CASE fn ${'WHEN ? THEN ? '.repeat(over.length)}ELSE 0 END` : '';
  const calls = reader.query<TraceCall>(
    `SELECT ${COLUMNS} FROM trace_calls
     WHERE dur >= ? AND parent IS NULL AND start >= ? AND start < ? AND ${CUDA} ${cases}`,
    [floor, from, to, ...over.flat()],
  );
  if (calls.length === 0) return [];
  const inside = new Map<number, Map<string, number>>();
  const children = reader.query<{ parent: number; fn: string; total: number }>(
    `SELECT parent, fn, sum(dur) AS total FROM trace_calls
     WHERE parent IN (SELECT value FROM json_each(?)) GROUP BY parent, fn`,
    [JSON.stringify(calls.map(call => call.id))],
  );
  for (const { parent, fn, total } of children)
    inside.set(parent, (inside.get(parent) ?? new Map<string, number>()).set(fn, total));
  return calls.map(call => ({ call, inside: inside.get(call.id) ?? NONE }));
}

function byTime(
  reader: TraceReader,
  window: WindowMs,
  floor: number,
  least: ReadonlyMap<string, number>,
): OutermostCall[] {
  const { from, to } = windowOf(window);
  const found: OutermostCall[] = [];
  let outer: { call: TraceCall; inside: Map<string, number> } | undefined;
  const rows = reader.query<TraceCall>(
    `SELECT ${COLUMNS} FROM trace_calls WHERE dur >= ? AND start >= ? AND start < ? AND ${CUDA}
     ORDER BY tid, start, dur DESC`,
    [floor / 4, from, to],
  );
  for (const call of rows) {
    if (outer && outer.call.tid === call.tid && call.start < outer.call.start + outer.call.dur) {
      if (call.layer === 'driver') outer.inside.set(call.fn, (outer.inside.get(call.fn) ?? 0) + call.dur);
      continue;
    }
    outer = { call, inside: new Map() };
    if (call.dur >= Math.max(floor, least.get(call.fn) ?? 0)) found.push(outer);
  }
  return found;
}

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { openTrace, type TraceReader } from '../../src/trace/index.ts';
import { TRACE_FORMAT, TRACE_SCHEMA, TRACE_VERSION } from '../../src/trace/schema.ts';
import { fineBucket } from '../../src/trace/store/fine-buckets.ts';
import { kindOfFunction, layerOfFunction } from './planted-functions.ts';

/** Times in milliseconds; thread and process are the same where no thread is given. */
export interface PlantedCall {
  fn: string;
  at: number;
  ms: number;
  pid?: number;
  tid?: number;
  bytes?: number;
  direction?: 1 | 2 | 3;
  stream?: number;
  kernel?: string;
  ret?: number;
  /** Names of the functions that made it, innermost first. */
  stack?: string[];
  comm?: number;
  peer?: number;
  /** Of a free: the position in the list of the allocation. */
  frees?: number;
}

export interface PlantedSwitch {
  at: number;
  ms: number;
  pid?: number;
  tid?: number;
  state?: string;
  runnableMs?: number;
  next?: number;
  last?: number;
  waker?: number;
  /** Where the thread is uninterruptible and nothing is said: 0, a read. */
  syscall?: number | null;
}

export interface PlantedEvent {
  kind: 'page-fault' | 'block-io' | 'oom-kill' | 'tcp-retransmit';
  at: number;
  ms?: number;
  pid?: number;
  size?: number;
  other?: number;
  text?: string;
}

export interface PlantedAggregate {
  fn: string;
  /** Whole seconds since the trace began. */
  second: number;
  pid?: number;
  count: number;
  stored: number;
  totalMs: number;
  buckets?: Array<[bucket: number, count: number]>;
}

/** Sums that a recording keeps beside its rows, of more calls than are planted as rows. */
export interface PlantedTotal {
  fn: string;
  pid?: number;
  durations: Array<[ms: number, calls: number]>;
}

export interface Planted {
  calls: PlantedCall[];
  switches?: PlantedSwitch[];
  events?: PlantedEvent[];
  aggregates?: PlantedAggregate[];
  totals?: PlantedTotal[];
  samples?: Array<{ at: number; name: string; value: number }>;
  processes?: Record<number, string>;
  /** Where processes ran, by pid. */
  places?: Record<number, { namespace?: string; pod?: string; container?: string }>;
  drops?: number;
  version?: number;
  startedAt?: string;
  endedMs?: number;
}

export const MAIN = 100;
const ns = (ms: number) => Math.round(ms * 1e6);

/** Writes a trace in kv's own format with just these rows. */
export function plantFile(planted: Planted): string {
  const path = join(mkdtempSync(join(tmpdir(), 'kv-trace-')), 'planted.db');
  const db = new Sqlite(path);
  db.exec(TRACE_SCHEMA);
  const meta = db.prepare('INSERT INTO meta VALUES (?, ?)');
  meta.run('format', TRACE_FORMAT);
  meta.run('version', String(planted.version ?? TRACE_VERSION));
  meta.run('started_at', planted.startedAt ?? '1774015573210657601');
  if (planted.endedMs !== undefined) meta.run('ended', String(ns(planted.endedMs)));
  db.transaction(() => {
    const ids = interner(db);
    plantCalls(db, planted.calls, ids);
    plantHost(db, planted, ids);
    plantTotals(db, planted.totals ?? [], ids);
    for (const [pid, name] of Object.entries(planted.processes ?? { [MAIN]: 'train' }))
      db.prepare('INSERT INTO processes (pid, name) VALUES (?, ?)').run(Number(pid), ids.text(name));
    const placed = db.prepare('UPDATE processes SET namespace = ?, pod = ?, container = ? WHERE pid = ?');
    const textOf = (value: string | undefined) => (value === undefined ? null : ids.text(value));
    for (const [pid, { namespace, pod, container }] of Object.entries(planted.places ?? {}))
      placed.run(textOf(namespace), textOf(pod), textOf(container), Number(pid));
    if (planted.drops) db.prepare(`INSERT INTO drops VALUES (0, 'ring', 0, ?)`).run(planted.drops);
  })();
  db.close();
  return path;
}

export function plant(planted: Planted): Promise<TraceReader> {
  return openTrace(plantFile(planted));
}

type Interner = ReturnType<typeof interner>;

/** Numbers for texts, functions and threads, each stored when first asked for. */
function interner(db: Database) {
  const known = new Map<string, number>();
  const numbered = (key: string, insert: (id: number) => void) => {
    const id = known.get(key) ?? known.size + 1;
    if (!known.has(key)) insert(id);
    known.set(key, id);
    return id;
  };
  const text = (value: string) =>
    numbered(`text ${value}`, id => db.prepare('INSERT INTO strings VALUES (?, ?)').run(id, value));
  return {
    text,
    fn: (name: string) =>
      numbered(`fn ${name}`, id =>
        db
          .prepare('INSERT INTO functions VALUES (?, ?, ?, ?)')
          .run(id, name, layerOfFunction(name), kindOfFunction(name)),
      ),
    thread: (pid: number, tid: number) =>
      numbered(`thread ${pid} ${tid}`, id =>
        db.prepare('INSERT INTO threads VALUES (?, ?, ?)').run(id, pid, tid),
      ),
    stack: (pid: number, names: readonly string[]) =>
      numbered(`stack ${pid} ${names.join()}`, id => {
        const insert = db.prepare(`INSERT INTO frames (kind, name) VALUES ('native', ?)`);
        const frames = names.map(name => insert.run(text(name)).lastInsertRowid);
        db.prepare('INSERT INTO stacks VALUES (?, ?, ?, 0)').run(
          id,
          pid,
          JSON.stringify(frames.map(frame => Number(frame))),
        );
      }),
  };
}

/** As the recorder writes them: in the order of their ends, with the number of the call around them. */
function plantCalls(db: Database, calls: readonly PlantedCall[], ids: Interner): void {
  const tidOf = ({ pid = MAIN, tid = pid }: PlantedCall) => tid;
  const ends = calls.map((call, index) => ({ call, index, upto: call.at + call.ms }));
  ends.sort((a, b) => a.upto - b.upto || a.call.ms - b.call.ms);
  const idOf = new Map(ends.map(({ index }, at) => [index, at + 1]));
  const around = (inner: PlantedCall) =>
    calls
      .map((call, index) => ({ call, index }))
      .filter(
        ({ call }) =>
          call !== inner &&
          tidOf(call) === tidOf(inner) &&
          call.at <= inner.at &&
          call.at + call.ms >= inner.at + inner.ms &&
          call.ms > inner.ms,
      )
      .sort((a, b) => a.call.ms - b.call.ms)[0]?.index;
  const isNested = calls.some(call => layerOfFunction(call.fn) !== 'runtime');
  const insert = db.prepare(
    `INSERT INTO calls (id, start, dur, thread, fn, parent, bytes, direction, stream, ret, stack, kernel, pair, comm, peer)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const { call, index } of ends) {
    const { pid = MAIN, direction = null, stream = null } = call;
    const parent = isNested ? around(call) : undefined;
    insert.run(
      idOf.get(index),
      ns(call.at),
      ns(call.ms),
      ids.thread(pid, tidOf(call)),
      ids.fn(call.fn),
      parent === undefined ? null : idOf.get(parent),
      call.bytes ?? null,
      direction,
      stream,
      call.ret ?? 0,
      call.stack ? ids.stack(pid, call.stack) : null,
      call.kernel ? ids.text(call.kernel) : null,
      call.frees === undefined ? null : idOf.get(call.frees),
      call.comm ?? null,
      call.peer ?? null,
    );
  }
}

function plantHost(db: Database, planted: Planted, ids: Interner): void {
  const off = db.prepare(
    `INSERT INTO switches (start, dur, thread, state, runnable, next_pid, last_pid, waker_pid, syscall)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const { at, ms, pid = MAIN, tid = pid, state = 'S', ...more } of planted.switches ?? []) {
    const { runnableMs = 0, next = null, last = null, waker = null } = more;
    const syscall = more.syscall === undefined && state === 'D' ? 0 : (more.syscall ?? null);
    off.run(ns(at), ns(ms), ids.thread(pid, tid), state, ns(runnableMs), next, last, waker, syscall);
  }
  for (const { at, ms = 0, pid = MAIN, kind, size = null, other = null, text } of planted.events ?? [])
    db.prepare(
      'INSERT INTO events (at, dur, pid, tid, kind, size, other_pid, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ).run(ns(at), ns(ms), pid, pid, kind, size, other, text === undefined ? null : ids.text(text));
  for (const { fn, second, pid = MAIN, count, stored, totalMs, buckets } of planted.aggregates ?? [])
    db.prepare(
      'INSERT INTO aggregates (start, pid, fn, count, stored, total, max, buckets) VALUES (?, ?, ?, ?, ?, ?, 0, ?)',
    ).run(
      second * 1e9,
      pid,
      ids.fn(fn),
      count,
      stored,
      ns(totalMs),
      buckets ? JSON.stringify(buckets) : null,
    );
  for (const { at, name, value } of planted.samples ?? [])
    db.prepare('INSERT INTO samples (at, name, value) VALUES (?, ?, ?)').run(ns(at), name, value);
}

function plantTotals(db: Database, totals: readonly PlantedTotal[], ids: Interner): void {
  for (const { fn, pid = MAIN, durations } of totals) {
    const sum = (pick: (ms: number, calls: number) => number) =>
      durations.reduce((all, [ms, calls]) => all + pick(ms, calls), 0);
    db.prepare('INSERT INTO totals VALUES (?, ?, 0, ?, ?, ?, 0, NULL, 0, 0, ?)').run(
      pid,
      ids.fn(fn),
      sum((_, calls) => calls),
      sum((ms, calls) => ns(ms) * calls),
      ns(Math.max(...durations.map(([ms]) => ms))),
      ns(durations[0]![0]),
    );
    const buckets = durations.map(([ms, calls]) => [fineBucket(ns(ms)), calls]);
    db.prepare('INSERT INTO durations VALUES (?, ?, 0, ?)').run(pid, ids.fn(fn), JSON.stringify(buckets));
  }
}

/** Launches of 10 µs, one a millisecond from 1 ms on: what usual looks like. */
export function usualLaunches(count = 50): PlantedCall[] {
  return Array.from({ length: count }, (_, at) => ({ fn: 'cudaLaunchKernel', at: at + 1, ms: 0.01 }));
}

/** Short sleeps before and after everything, so that the thread counts as watched throughout. */
export const WATCHED: PlantedSwitch[] = [
  { at: 0, ms: 0.001 },
  { at: 10_000, ms: 0.001 },
];

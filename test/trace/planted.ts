import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { openTrace, type TraceReader } from '../../src/trace/index.ts';
import { TRACE_FORMAT, TRACE_SCHEMA, TRACE_VERSION } from '../../src/trace/schema.ts';

/** Times in milliseconds; thread and process are the same where no thread is given. */
export interface PlantedCall {
  fn: string;
  at: number;
  ms: number;
  pid?: number;
  bytes?: number;
  direction?: 1 | 2 | 3;
}

export interface PlantedSwitch {
  at: number;
  ms: number;
  pid?: number;
  state?: string;
  runnableMs?: number;
  next?: number;
}

export interface Planted {
  calls: PlantedCall[];
  switches?: PlantedSwitch[];
  processes?: Record<number, string>;
  drops?: number;
  version?: number;
}

export const MAIN = 100;
const KINDS: Record<string, string> = {
  cudaLaunchKernel: 'launch',
  cudaMemcpyAsync: 'copy',
  cudaMemcpy: 'copy',
  cudaMalloc: 'alloc',
  cudaFree: 'free',
  cudaStreamSynchronize: 'sync',
};
const ns = (ms: number) => Math.round(ms * 1e6);

/** Writes a trace in kv's own format with just these rows. */
export function plantFile(planted: Planted): string {
  const path = join(mkdtempSync(join(tmpdir(), 'kv-trace-')), 'planted.db');
  const db = new Sqlite(path);
  db.exec(TRACE_SCHEMA);
  const meta = db.prepare('INSERT INTO meta VALUES (?, ?)');
  meta.run('format', TRACE_FORMAT);
  meta.run('version', String(planted.version ?? TRACE_VERSION));
  meta.run('started_at', '1774015573210657601');
  const names = [...new Set(planted.calls.map(call => call.fn))];
  names.forEach((name, at) => {
    const layer = name.startsWith('cuda') ? 'runtime' : 'driver';
    db.prepare('INSERT INTO functions VALUES (?, ?, ?, ?)').run(at, name, layer, KINDS[name] ?? 'launch');
  });
  const call = db.prepare(
    'INSERT INTO calls (start, dur, pid, tid, fn, bytes, direction) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  for (const { fn, at, ms, pid = MAIN, bytes = null, direction = null } of planted.calls)
    call.run(ns(at), ns(ms), pid, pid, names.indexOf(fn), bytes, direction);
  const off = db.prepare(
    'INSERT INTO switches (start, dur, pid, tid, state, runnable, next_pid) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  for (const { at, ms, pid = MAIN, state = 'S', runnableMs = 0, next = null } of planted.switches ?? [])
    off.run(ns(at), ns(ms), pid, pid, state, ns(runnableMs), next);
  for (const [pid, name] of Object.entries(planted.processes ?? { [MAIN]: 'train' })) {
    const { lastInsertRowid } = db.prepare('INSERT INTO strings (text) VALUES (?)').run(name);
    db.prepare('INSERT INTO processes (pid, name) VALUES (?, ?)').run(Number(pid), lastInsertRowid);
  }
  if (planted.drops) db.prepare(`INSERT INTO drops VALUES (0, 'ring', 0, ?)`).run(planted.drops);
  db.close();
  return path;
}

export function plant(planted: Planted): Promise<TraceReader> {
  return openTrace(plantFile(planted));
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

import type { TraceReader } from '../model.ts';
import { type ExportCall, exportCalls } from './call-rows.ts';
import { type ExportQuery, json, type Pieces, processNames, selection } from './format.ts';

/**
 * Chrome's trace event format (JSON object form, "Trace Event Format" by Google), which ui.perfetto.dev and
 * chrome://tracing open. A track of calls for each thread, below it one of its times off CPU, one of its ranges; the
 * kernel's events as instants, readings as counters, the GPU's own work by stream. Times are microseconds.
 */
export function* perfetto(reader: TraceReader, query: ExportQuery): Pieces {
  const { startedAt, host, format } = reader.info;
  yield `{"displayTimeUnit":"ns","otherData":${json({ source: `kv, ${format} trace`, startedAt, host })},"traceEvents":[\n`;
  yield json({ ph: 'M', name: 'process_name', pid: MACHINE, args: { name: 'machine' } });
  for (const event of allEvents(reader, query)) yield `,\n${event}`;
  yield '\n]}\n';
}

/** Numbers beyond the kernel's largest process number (2^22), for tracks that are no process or thread. */
const MACHINE = 2 ** 22 + 1;
const OFF_CPU = 2 ** 22;
const RANGES = 2 ** 23;
const GPUS = 2 ** 22 + 1_000;

function* allEvents(reader: TraceReader, query: ExportQuery): Pieces {
  const threads = new Map<number, number>();
  for (const call of exportCalls(reader, query)) {
    if (!threads.has(call.tid)) {
      threads.set(call.tid, call.pid);
      yield* threadNames(call.pid, call.tid);
    }
    yield callEvent(call);
  }
  yield* offCpu(reader, query);
  yield* instants(reader, query);
  if (query.pid === undefined) yield* counters(reader, query);
  yield* ranges(reader, query, threads);
  yield* gpuWork(reader, query);
  for (const { pid, name, namespace, pod } of processNames(reader).values()) {
    if (query.pid !== undefined && pid !== query.pid) continue;
    yield meta('process_name', pid, undefined, { name: pod ? `${name} (${namespace}/${pod})` : name });
  }
}

function* threadNames(pid: number, tid: number): Pieces {
  yield meta('thread_name', pid, tid, { name: tid === pid ? 'main thread' : 'thread' });
  yield meta('thread_sort_index', pid, tid, { sort_index: tid * 4 });
}

function callEvent(call: ExportCall): string {
  const { bytes, direction, stream, device, ret, kernel, kind, layer } = call;
  const args = { bytes, direction, stream, device, ret: ret || undefined, kernel };
  const name = kernel === null ? call.fn : `${call.fn} ${kernel}`;
  return slice(name, `${layer},${kind}`, call, args);
}

interface Span {
  pid: number;
  tid: number;
  start: number;
  dur: number;
}

function slice(name: string, category: string, { pid, tid, start, dur }: Span, args: object): string {
  return `{"ph":"X","name":${JSON.stringify(name)},"cat":${JSON.stringify(category)},"pid":${pid},"tid":${tid},"ts":${micro(start)},"dur":${micro(dur)},"args":${json(args)}}`;
}

function meta(name: string, pid: number, tid: number | undefined, args: object): string {
  return json({ ph: 'M', name, pid, tid, args });
}

/** Nanoseconds as microseconds, exactly. */
function micro(nanoseconds: number): string {
  const whole = Math.trunc(nanoseconds / 1000);
  const rest = Math.abs(nanoseconds % 1000);
  const sign = nanoseconds < 0 && whole === 0 ? '-' : '';
  return rest === 0 ? `${whole}` : `${sign}${whole}.${String(rest).padStart(3, '0')}`;
}

const STATES: Readonly<Record<string, string>> = { R: 'runnable', S: 'sleeping', D: 'blocked' };

function* offCpu(reader: TraceReader, query: ExportQuery): Pieces {
  const { where, values } = selection(query);
  interface Row extends Span {
    state: string | null;
    runnable: number | null;
    next_pid: number | null;
    waker_pid: number | null;
    syscall: number | null;
    io: number | null;
  }
  const known = new Set<number>();
  for (const row of reader.iterate<Row>('trace_off_cpu', `WHERE ${where} ORDER BY start`, values)) {
    const tid = row.tid + OFF_CPU;
    if (!known.has(tid)) {
      known.add(tid);
      yield meta('thread_name', row.pid, tid, { name: `off CPU, thread ${row.tid}` });
      yield meta('thread_sort_index', row.pid, tid, { sort_index: row.tid * 4 + 1 });
    }
    const { state, runnable, next_pid, waker_pid, syscall, io } = row;
    const args = {
      state,
      runnable_us: runnable === null ? undefined : runnable / 1000,
      next_pid,
      waker_pid,
      syscall,
      io,
    };
    yield slice(STATES[state ?? ''] ?? 'off CPU', 'off-cpu', { ...row, tid }, args);
  }
}

function* instants(reader: TraceReader, query: ExportQuery): Pieces {
  const { where, values } = selection(query, 'at');
  interface Row {
    at: number;
    dur: number;
    pid: number;
    tid: number;
    kind: string;
    size: number | null;
    code: number | null;
    other_pid: number | null;
    text: string | null;
  }
  for (const row of reader.iterate<Row>('trace_events', `WHERE ${where} ORDER BY at`, values)) {
    const { at, dur, pid, tid, kind, size, code, other_pid, text } = row;
    const args = { us: dur ? dur / 1000 : undefined, size, code, other_pid, text };
    yield `{"ph":"i","s":"t","name":${JSON.stringify(kind)},"cat":"kernel","pid":${pid},"tid":${tid},"ts":${micro(at)},"args":${json(args)}}`;
  }
}

function* counters(reader: TraceReader, query: ExportQuery): Pieces {
  const { where, values } = selection(query, 'at');
  type Row = { at: number; name: string; value: number; gpu: number | null };
  for (const { at, name, value, gpu } of reader.iterate<Row>(
    'trace_samples',
    `WHERE ${where} ORDER BY at`,
    values,
  )) {
    const label = gpu === null ? name : `GPU ${gpu} ${name.replace(/^gpu_/, '')}`;
    yield `{"ph":"C","name":${JSON.stringify(label)},"pid":${MACHINE},"ts":${micro(at)},"args":{"value":${value}}}`;
  }
}

function* ranges(reader: TraceReader, query: ExportQuery, threads: ReadonlyMap<number, number>): Pieces {
  const { where, values } = selection({ ...query, pid: undefined });
  type Row = { tid: number; name: string; start: number; dur: number };
  const tail = `WHERE ${where} ORDER BY tid, start, dur DESC`;
  for (const row of reader.iterate<Row>('trace_ranges', tail, values)) {
    const pid = threads.get(row.tid);
    if (pid !== undefined) yield slice(row.name, 'range', { ...row, pid, tid: row.tid + RANGES }, {});
  }
}

function* gpuWork(reader: TraceReader, query: ExportQuery): Pieces {
  if (query.pid !== undefined) return;
  const { where, values } = selection(query);
  interface Row {
    kind: string;
    name: string | null;
    start: number;
    dur: number;
    device: number | null;
    stream: number | null;
    bytes: number | null;
    direction: string | null;
    correlation: number | null;
  }
  const known = new Set<number>();
  for (const row of reader.iterate<Row>('trace_gpu_work', `WHERE ${where} ORDER BY start`, values)) {
    const { kind, name, device, stream, bytes, direction, correlation, start, dur } = row;
    const pid = GPUS + (device ?? 0);
    if (!known.has(pid)) {
      known.add(pid);
      yield meta('process_name', pid, undefined, { name: `GPU ${device ?? ''}` });
    }
    yield slice(
      name ?? kind,
      `gpu,${kind}`,
      { pid, tid: stream ?? 0, start, dur },
      { bytes, direction, correlation },
    );
  }
}

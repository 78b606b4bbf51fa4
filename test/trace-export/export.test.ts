import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import {
  EXPORT_FORMATS,
  type ExportFormat,
  type ExportQuery,
  exportTrace,
} from '../../src/trace/export/index.ts';
import { openTrace } from '../../src/trace/index.ts';
import { MAIN, recordedFile, WORKER } from './recorded.ts';

const FIXTURES = new URL('../fixtures/traces/', import.meta.url).pathname;
const LOADER = `${FIXTURES}pytorch-dataloader-starvation.db`;
const VLLM = `${FIXTURES}vllm-reduced.db`;
const BEGAN = 1_774_015_573_210_657_601n;

async function exported(path: string, format: ExportFormat, query: ExportQuery = {}): Promise<string> {
  const reader = await openTrace(path);
  try {
    return [...exportTrace(reader, format, query)].join('');
  } finally {
    reader.close();
  }
}

interface TraceEvent {
  ph: 'X' | 'M' | 'C' | 'i';
  name: string;
  pid: number;
  tid?: number;
  ts?: number;
  dur?: number;
  s?: string;
  args?: Record<string, unknown>;
}

async function perfetto(path: string, query?: ExportQuery): Promise<TraceEvent[]> {
  return (JSON.parse(await exported(path, 'perfetto', query)) as { traceEvents: TraceEvent[] }).traceEvents;
}

/** Slices of a track must lie one after the other or inside each other, or viewers drop them. */
function expectNested(events: readonly TraceEvent[]): void {
  const slices = events.filter(({ ph }) => ph === 'X');
  for (const track of Map.groupBy(slices, ({ pid, tid }) => `${pid} ${tid}`).values()) {
    const open: number[] = [];
    for (const { ts, dur } of track) {
      while (open.length > 0 && open.at(-1)! <= ts! + 1e-6) open.pop();
      expect(ts! + dur!).toBeLessThanOrEqual((open.at(-1) ?? Number.POSITIVE_INFINITY) + 1e-6);
      open.push(ts! + dur!);
    }
  }
}

it('writes Chrome trace events: calls inside each other, times off CPU, events, counters, names', async () => {
  const events = await perfetto(recordedFile());
  expectNested(events);
  expect(events.filter(({ ph, tid }) => ph === 'X' && tid === MAIN).slice(0, 3)).toMatchObject([
    { name: 'cudaMalloc', pid: MAIN, ts: 1000, dur: 900.001, args: { bytes: 4096 } },
    { name: 'cuMemAlloc_v2', ts: 1000, dur: 700 },
    { name: 'cudaMemcpyAsync', ts: 4000, dur: 5000, args: { direction: 'HtoD' } },
  ]);
  const off = events.find(({ ph, name }) => ph === 'X' && name === 'sleeping')!;
  expect(off).toMatchObject({ pid: MAIN, ts: 21_000, dur: 1000, args: { state: 'S', next_pid: 7 } });
  const nameOf = (tid: number) =>
    events.find(event => event.ph === 'M' && event.name === 'thread_name' && event.tid === tid)?.args?.[
      'name'
    ];
  expect([nameOf(MAIN), nameOf(WORKER), nameOf(off.tid!)]).toEqual([
    'main thread',
    'thread',
    `off CPU, thread ${MAIN}`,
  ]);
  expect(events.find(({ ph }) => ph === 'i')).toMatchObject({
    name: 'oom-kill',
    s: 't',
    ts: 24_000,
    pid: MAIN,
  });
  expect(events.find(({ ph }) => ph === 'C')).toMatchObject({
    name: 'GPU 0 util_pct',
    ts: 5000,
    args: { value: 97 },
  });
  expect(
    events.find(({ ph, name, pid }) => ph === 'M' && name === 'process_name' && pid === MAIN)?.args,
  ).toEqual({
    name: 'python3 (ml/train-0)',
  });
});

it('writes only the window and the process that were asked for', async () => {
  const path = recordedFile();
  const slices = (events: TraceEvent[]) => events.filter(({ ph }) => ph === 'X').map(({ name }) => name);
  expect(slices(await perfetto(path, { fromMs: 14, toMs: 21 }))).toEqual([
    'cudaStreamSynchronize',
    'cudaMemcpyAsync',
  ]);
  expect(slices(await perfetto(path, { pid: 1 }))).toEqual([]);
});

interface Speedscope {
  $schema: string;
  shared: { frames: Array<{ name: string }> };
  profiles: Array<
    { name: string; unit: string; startValue: number; endValue: number } & (
      | { type: 'evented'; events: Array<{ type: 'O' | 'C'; frame: number; at: number }> }
      | { type: 'sampled'; samples: number[][]; weights: number[] }
    )
  >;
}

/** What speedscope's importer demands: known frames, times in order, what opens closes, last opened first. */
function expectValid({ $schema, shared, profiles }: Speedscope): void {
  expect($schema).toBe('https://www.speedscope.app/file-format-schema.json');
  for (const profile of profiles) {
    expect(profile.unit).toBe('nanoseconds');
    if (profile.type === 'sampled') {
      expect(profile.samples).toHaveLength(profile.weights.length);
      for (const frame of profile.samples.flat()) expect(shared.frames[frame]).toBeDefined();
      continue;
    }
    const open: number[] = [];
    let last = profile.startValue;
    for (const { type, frame, at } of profile.events) {
      expect(shared.frames[frame]).toBeDefined();
      expect(at).toBeGreaterThanOrEqual(last);
      last = at;
      if (type === 'O') open.push(frame);
      else expect(open.pop()).toBe(frame);
    }
    expect(open).toEqual([]);
    expect(profile.endValue).toBeGreaterThanOrEqual(last);
  }
}

it('writes speedscope profiles: each thread in time, each process by stack', async () => {
  const file = JSON.parse(await exported(recordedFile(), 'speedscope')) as Speedscope;
  expectValid(file);
  const [main, worker, stacks] = file.profiles;
  expect([main!.name, worker!.name, stacks!.name]).toEqual([
    `python3 ${MAIN}, thread ${MAIN}`,
    `python3 ${MAIN}, thread ${WORKER}`,
    `python3 ${MAIN}, by stack`,
  ]);
  if (stacks?.type !== 'sampled') throw new Error('not by stack');
  const named = stacks.samples.map(sample => sample.map(frame => file.shared.frames[frame]!.name));
  expect(stacks.weights).toEqual([6e6, 2e6, 1e6]);
  expect(named[0]).toEqual([
    '__libc_start_main (libc.so.6)',
    'Trainer.step (train.py:42)',
    'Linear.forward (linear.py:125)',
    'at::native::copy_ (libtorch_cpu.so)',
    'cudaMemcpyAsync (libcudart.so.12)',
  ]);
});

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status?: { code: number };
  attributes: Attribute[];
}
interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: string };
}
interface Lines {
  resourceSpans: Array<{ resource: { attributes: Attribute[] }; scopeSpans: Array<{ spans: Span[] }> }>;
}

const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Lines);
const spansOf = (lines: Lines[]) => lines.flatMap(line => line.resourceSpans[0]!.scopeSpans[0]!.spans);
const valuesOf = (attributes: Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

it('writes spans with ids, parents, exact times and where the process runs', async () => {
  const path = recordedFile();
  const lines = linesOf(await exported(path, 'otlp'));
  expect(valuesOf(lines[0]!.resourceSpans[0]!.resource.attributes)).toMatchObject({
    'service.name': 'python3',
    'process.pid': String(MAIN),
    'k8s.namespace.name': 'ml',
    'k8s.pod.name': 'train-0',
    'k8s.container.name': 'trainer',
  });
  const spans = spansOf(lines);
  expect(spans).toHaveLength(7);
  const [outer, inner] = spans;
  expect(outer).toMatchObject({
    name: 'cudaMalloc',
    startTimeUnixNano: String(BEGAN + 1_000_000n),
    endTimeUnixNano: String(BEGAN + 1_900_001n),
  });
  expect(outer?.parentSpanId).toBeUndefined();
  expect(inner).toMatchObject({
    name: 'cuMemAlloc_v2',
    parentSpanId: outer!.spanId,
    traceId: outer!.traceId,
  });
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(7);
  for (const { traceId, spanId } of spans) {
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
  }
  const failed = spans.find(({ name }) => name === 'cudaStreamSynchronize');
  expect(failed?.status).toEqual({ code: 2 });
  expect(valuesOf(failed!.attributes)['kv.result']).toBe('700');
  expect(spans.filter(({ status }) => status)).toHaveLength(1);
  expect(await exported(path, 'otlp')).toBe(await exported(path, 'otlp'));
});

it('keeps every call of Ingero’s databases in each format', async () => {
  for (const path of [LOADER, VLLM]) {
    const reader = await openTrace(path);
    const { calls, switches } = reader.info;
    reader.close();
    const slices = (await perfetto(path)).filter(({ ph }) => ph === 'X');
    expect(slices).toHaveLength(calls + switches);
    const speedscope = JSON.parse(await exported(path, 'speedscope')) as Speedscope;
    expectValid(speedscope);
    const events = speedscope.profiles.flatMap(profile => (profile.type === 'evented' ? profile.events : []));
    expect(events).toHaveLength(2 * calls);
    const lines = linesOf(await exported(path, 'otlp'));
    expect(spansOf(lines)).toHaveLength(calls);
    for (const line of lines) expect(spansOf([line]).length).toBeLessThanOrEqual(512);
  }
});

it('hands out blocks as it goes, and not one text in the end', async () => {
  const reader = await openTrace(VLLM);
  for (const format of EXPORT_FORMATS) {
    const sizes = [...exportTrace(reader, format)].map(({ length }) => length);
    if (format !== 'speedscope') expect(sizes.length).toBeGreaterThan(4);
    for (const size of sizes) expect(size).toBeLessThan(1_000_000);
  }
  reader.close();
});

/** Two calls, the kernel that one of them started, and a range around both, by NVIDIA's "SQLite Export Schema Reference". */
function nsightFile(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'kv-export-')), 'report.sqlite');
  const thread = (7n << 24n) | 8n;
  const db = new Sqlite(path);
  db.exec(`
    CREATE TABLE StringIds (id INTEGER PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE CUPTI_ACTIVITY_KIND_RUNTIME (start INT NOT NULL, end INT NOT NULL, eventClass INT, globalTid INT,
      correlationId INT, nameId INT NOT NULL, returnValue INT NOT NULL);
    CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL (start INT NOT NULL, end INT NOT NULL, deviceId INT, contextId INT,
      streamId INT, correlationId INT, shortName INT NOT NULL);
    CREATE TABLE NVTX_EVENTS (start INT NOT NULL, end INT, eventType INT, text TEXT, globalTid INT, textId INT);
    INSERT INTO StringIds VALUES (1, 'cudaLaunchKernel_v7000'), (2, 'cudaDeviceSynchronize_v3020'), (3, 'gemm');
    INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES (1000, 3000, 0, ${thread}, 1, 1, 0), (4000, 9000, 0, ${thread}, 2, 2, 0);
    INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES (2500, 8500, 1, 1, 13, 1, 3);
    INSERT INTO NVTX_EVENTS VALUES (500, 9500, 59, 'step 1', ${thread}, NULL);
  `);
  db.close();
  return path;
}

it('puts the GPU’s own work and ranges of Nsight’s exports on tracks of their own', async () => {
  const events = await perfetto(nsightFile());
  expectNested(events);
  const slices = events.filter(({ ph }) => ph === 'X');
  expect(slices.map(({ name, ts, dur }) => [name, ts, dur])).toEqual([
    ['cudaLaunchKernel', 1, 2],
    ['cudaDeviceSynchronize', 4, 5],
    ['step 1', 0.5, 9],
    ['gemm', 2.5, 6],
  ]);
  expect(new Set(slices.map(({ pid, tid }) => `${pid} ${tid}`)).size).toBe(3);
  const gpu = slices.at(-1)!;
  expect(gpu.tid).toBe(13);
  expect(events.find(({ ph, pid }) => ph === 'M' && pid === gpu.pid)?.args).toEqual({ name: 'GPU 1' });
});

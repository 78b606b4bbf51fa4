// npm run bench:trace [-- --events N] — what recording, writing and reading a trace costs. Ratios are of one run; the
// targets of events a second are for an idle machine. The probes are measured when it runs as root.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import Sqlite from 'better-sqlite3';
import { chains, functionStats, openTrace } from '../../src/trace/index.ts';
import { TRACE_SCHEMA } from '../../src/trace/schema.ts';
import { WriterThread } from '../../src/trace/store/index.ts';
import { encode } from './encode.ts';
import type { Figure } from './figure.ts';
import { writeTraceFile } from './trace-file.ts';
import { probeFigures } from './trace-probes.ts';
import { workload } from './workload.ts';

const { values } = parseArgs({ options: { events: { type: 'string', default: '1e6' } } });
const events = Number(values.events);
const folder = mkdtempSync(join(tmpdir(), 'kv-bench-trace-'));
const figures: Figure[] = [];
const seconds = (from: number) => (performance.now() - from) / 1e3;
const rate = (count: number, took: number) => `${Math.round(count / took / 1e3)},000/s`;

/** The stream of so many calls, in pieces as a pipe gives them. */
function pieces(calls: number): Buffer[] {
  const bytes = Buffer.concat([...workload({ calls })].map(encode));
  const size = 64 * 1024;
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );
}

async function throughWriter(stream: readonly Buffer[], path: string) {
  const writer = await WriterThread.start({ path, maxBytes: 64e9, redact: text => text });
  const started = performance.now();
  const before = process.cpuUsage();
  for (const piece of stream) await writer.push(piece);
  const summary = await writer.finish();
  const { user, system } = process.cpuUsage(before);
  return { took: seconds(started), cpu: (user + system) / 1e6, summary };
}

/** The same rows of calls, already made, in transactions of 10,000. */
function plainInserts(rows: readonly number[][], path: string): { took: number; cpu: number } {
  const db = new Sqlite(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.pragma('foreign_keys = OFF');
  db.exec(TRACE_SCHEMA);
  const insert = db.prepare(`INSERT INTO calls VALUES (${Array(17).fill('?').join(', ')})`);
  const started = performance.now();
  const before = process.cpuUsage();
  const portion = db.transaction((from: number) => {
    for (const row of rows.slice(from, from + 10_000)) insert.run(row);
  });
  for (let from = 0; from < rows.length; from += 10_000) portion(from);
  const { user, system } = process.cpuUsage(before);
  const took = seconds(started);
  db.close();
  return { took, cpu: (user + system) / 1e6 };
}

async function writing(): Promise<void> {
  const stream = pieces(Math.min(events, 1e6));
  const path = join(folder, 'stream.db');
  const { took, cpu, summary } = await throughWriter(stream, path);
  const db = new Sqlite(path, { readonly: true });
  const rows = db.prepare('SELECT * FROM calls ORDER BY id').raw().all() as number[][];
  db.close();
  const plain = plainInserts(rows, join(folder, 'plain.db'));
  const lost = summary.dropped.reduce((sum, { count }) => sum + count, 0);
  const written = summary.calls + summary.switches;
  figures.push({
    what: `bytes to rows, one producer, ${written.toLocaleString('en')} events, ${lost} lost`,
    measured: rate(written, took),
    reference: `plain inserts of its calls ${rate(rows.length, plain.took)}`,
    ratio: (took / written / (plain.took / rows.length)).toFixed(2),
    target: '300,000/s; 2',
  });
  figures.push({
    what: 'the same by the CPU time of all threads, whatever else runs here',
    measured: rate(written, cpu),
    reference: `plain inserts of its calls ${rate(rows.length, plain.cpu)}`,
    ratio: (cpu / written / (plain.cpu / rows.length)).toFixed(2),
    target: '300,000/s; 2',
  });
  figures.push({
    what: 'bytes an event in the file',
    measured: (statSync(path).size / written).toFixed(1),
    reference: `bytes an event in the stream ${(sizeOf(stream) / written).toFixed(0)}`,
    ratio: (statSync(path).size / sizeOf(stream)).toFixed(2),
    target: '40',
  });
}

async function reading(): Promise<void> {
  const path = join(folder, 'large.db');
  const { calls } = writeTraceFile(path, { calls: events });
  const scan = () => {
    const db = new Sqlite(path, { readonly: true });
    const started = performance.now();
    db.prepare('SELECT sum(dur) FROM calls').pluck().get();
    const took = seconds(started);
    db.close();
    return took;
  };
  scan();
  const reference = scan();
  const add = (what: string, took: number, target: string) =>
    figures.push({
      what: `${what}, ${calls.toLocaleString('en')} calls`,
      measured: `${took.toFixed(2)} s`,
      reference: `one pass of SQLite over the calls ${reference.toFixed(2)} s`,
      ratio: (took / reference).toFixed(2),
      target,
    });
  const opening = performance.now();
  const reader = await openTrace(path);
  add('open', seconds(opening), '1 s at 10,000,000');
  const counting = performance.now();
  functionStats(reader);
  add('stats', seconds(counting), '2 s at 10,000,000');
  const finding = performance.now();
  chains(reader);
  add('chains', seconds(finding), '10 s at 10,000,000');
  reader.close();
}

const sizeOf = (stream: readonly Buffer[]) => stream.reduce((sum, { length }) => sum + length, 0);

try {
  if (process.getuid?.() === 0) figures.push(...(await probeFigures(folder)));
  else console.log('Not root: the cost of probes is not measured.');
  await writing();
  await reading();
  console.table(figures);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

import type { TraceReader } from '../model.ts';
import { durations } from './durations.ts';
import { launchGaps } from './gaps.ts';
import { diskUse, kernelEvents } from './kernel-events.ts';
import { type AggregateSum, aggregateSums } from './stats.ts';
import { bytesText, count, msOf, percentText, timeText } from './units.ts';

/** Whether the workers of a data loader and the training thread compete for CPUs while the GPU waits. */
export interface Starvation {
  verdict: 'likely' | 'no sign' | 'unknown';
  sentence: string;
  workers: Array<{ process: string; processes: number; switches: number }>;
  switches: number;
  cpuAveragePct?: number;
  cpuMaximumPct?: number;
  /** From the first CUDA call to the end of the trace, and the share of it without any CUDA call. */
  spanMs: number;
  withoutCudaShare?: number;
  /** What the loader's threads waited for a disk, where that is the reason. */
  workerDiskMs?: number;
}

/** PyTorch names its workers `pt_data_worker`; the pinning thread is `pt_data_pin`. */
const LOADER = /^(?:pt_data_(?:worker|pin)|data_?loader|tf_data|dali|loader)/i;
/** A worker that waits for its disk this share of the time reads no faster than the disk. */
const DISK_BOUND = 0.3;
/** With the CPUs this full on average, threads wait for one. */
const FULL = 70;
const MOSTLY = 0.5;

export function starvation(reader: TraceReader): Starvation {
  const sums = aggregateSums(reader).filter(row => row.fn === 'sched_switch');
  const workers = byProcess(sums.length > 0 ? sums : storedSwitches(reader));
  const switches = workers.reduce((sum, worker) => sum + worker.switches, 0);
  const loaders = workers.filter(worker => LOADER.test(worker.process));
  const [cpu] = reader.query<{ average: number | null; most: number | null }>(
    `SELECT avg(value) AS average, max(value) AS most FROM trace_samples WHERE name = 'cpu_pct'`,
  );
  const cuda = cudaSpan(reader);
  const base = {
    workers,
    switches,
    cpuAveragePct: cpu?.average ?? undefined,
    cpuMaximumPct: cpu?.most ?? undefined,
    spanMs: cuda.span / 1e6,
    withoutCudaShare: cuda.idle,
  };
  if (workers.length === 0 && cuda.idle === undefined)
    return {
      ...base,
      verdict: 'unknown',
      sentence: 'The trace has neither switches nor CUDA calls, so whether the GPU starves cannot be said.',
    };
  const loaderSwitches = loaders.reduce((sum, worker) => sum + worker.switches, 0);
  const { cpuCores } = reader.info;
  const cores = cpuCores ? ` on ${count(cpuCores, 'core')}` : '';
  const load = cpu?.average == null ? '' : `, CPUs ${cpu.average.toFixed(1)} % busy on average`;
  const idle =
    cuda.idle === undefined
      ? ''
      : `, and ${(cuda.idle * 100).toFixed(1)} % of the time no CUDA call was made`;
  if (loaders.length > 0 && (cpu?.average ?? 0) >= FULL && (cuda.idle ?? 0) >= MOSTLY)
    return {
      ...base,
      verdict: 'likely',
      sentence: `The data loader starves the GPU: ${loaders.map(one => one.process).join(' and ')} and the training process compete for CPUs${cores} (${loaderSwitches.toLocaleString('en')} of ${count(switches, 'context switch', 'context switches')} are theirs)${load}${idle}.`,
    };
  const disk = diskWaits(reader, new Set(loaders.map(one => one.process)));
  if (disk && disk.share >= DISK_BOUND && (cuda.idle ?? 0) >= MOSTLY)
    return {
      ...base,
      workerDiskMs: msOf(disk.ns),
      verdict: 'likely',
      sentence: `The data loader starves the GPU: ${loaders.map(one => one.process).join(' and ')} waited ${timeText(disk.ns)} (${percentText(disk.share)} of ${count(disk.threads, 'thread')}’s time) for a disk${disk.use}${idle}.`,
    };
  const gaps = (cuda.idle ?? 0) >= MOSTLY ? loaderGaps(reader) : undefined;
  if (gaps)
    return {
      ...base,
      workerDiskMs: gaps.diskMs,
      verdict: 'likely',
      sentence: `The data loader starves the GPU: in the ${count(gaps.gaps, 'longest gap')} between CUDA calls ${gaps.who} waited ${timeText(gaps.diskMs * 1e6)} (${percentText(gaps.diskMs / gaps.ms)} of them) for a disk, and the calling thread for it${idle}.`,
    };
  const why =
    loaders.length === 0
      ? 'no process is named like a worker of a data loader'
      : 'its signs are not all there';
  return {
    ...base,
    verdict: 'no sign',
    sentence: `There is no sign of a starving data loader: ${why}${load}${idle}.`,
  };
}

function byProcess(sums: ReadonlyArray<Pick<AggregateSum, 'process' | 'pid' | 'count'>>) {
  const groups = Map.groupBy(sums, row => row.process ?? `pid ${row.pid}`);
  return [...groups]
    .map(([process, rows]) => ({
      process,
      processes: new Set(rows.map(row => row.pid)).size,
      switches: rows.reduce((sum, row) => sum + row.count, 0),
    }))
    .sort((a, b) => b.switches - a.switches);
}

function storedSwitches(reader: TraceReader) {
  return reader.query<{ process: string | null; pid: number; count: number }>(
    `SELECT p.name AS process, o.pid, count(*) AS count
     FROM trace_off_cpu o LEFT JOIN trace_processes p ON p.pid = o.pid GROUP BY o.pid`,
  );
}

/** Uninterruptible time of the loader's threads, as a share of the trace and their number. */
function diskWaits(reader: TraceReader, loaders: ReadonlySet<string>) {
  const rows = reader
    .query<{ process: string | null; pid: number; ns: number | null; threads: number }>(
      `SELECT p.name AS process, o.pid, sum(CASE WHEN o.state = 'D' THEN o.dur - coalesce(o.runnable, 0) END) AS ns,
         count(DISTINCT o.tid) AS threads
       FROM trace_off_cpu o LEFT JOIN trace_processes p ON p.pid = o.pid GROUP BY o.pid`,
    )
    .filter(row => row.process !== null && loaders.has(row.process));
  const ns = rows.reduce((sum, row) => sum + (row.ns ?? 0), 0);
  const threads = rows.reduce((sum, row) => sum + row.threads, 0);
  if (ns === 0 || reader.info.durationMs === 0) return undefined;
  const pids = new Set(rows.map(row => row.pid));
  const [most] = diskUse(kernelEvents(reader, ['block-io']).filter(event => pids.has(event.pid)));
  const use = most
    ? ` (${most.disk}: ${count(most.requests, 'request')}, ${bytesText(most.bytes)}, the longest ${timeText(most.longest)})`
    : '';
  return { ns, threads, share: ns / threads / (reader.info.durationMs * 1e6), use };
}

/** A loader may be a thread with any name: in most of the longest gaps the calling thread slept until it had read. */
function loaderGaps(reader: TraceReader) {
  const gaps = launchGaps(reader);
  const waits = gaps.flatMap(({ waitedFor, ms }) => (waitedFor ? [{ ...waitedFor, ms }] : []));
  const [most] = waits;
  if (!most || waits.length * 2 < gaps.length) return undefined;
  const sum = (pick: (wait: (typeof waits)[number]) => number) =>
    waits.reduce((total, wait) => total + pick(wait), 0);
  return {
    gaps: waits.length,
    ms: sum(wait => wait.ms),
    diskMs: sum(wait => wait.diskMs),
    who: `thread ${most.tid} of ${most.process}`,
  };
}

/** Calls of several threads may overlap, so the idle share is a lower bound. */
function cudaSpan(reader: TraceReader): { span: number; idle?: number } {
  const calls = [...durations(reader).values()].filter(({ layer }) => layer === 'runtime');
  if (calls.length === 0) return { span: 0 };
  const first = Math.min(
    ...calls.flatMap(({ byProcess }) => [...byProcess.values()].map(one => one.first.start)),
  );
  const busy = calls.reduce((sum, { total }) => sum + total, 0);
  const span = reader.info.durationMs * 1e6 - first;
  return { span, idle: span > 0 ? Math.max(0, 1 - busy / span) : undefined };
}

import type { TraceReader } from '../model.ts';
import { callSums } from './call-sums.ts';
import { allocationChurn } from './churn.ts';
import { failedAllocations } from './failed-allocations.ts';
import type { Finding } from './finding.ts';
import { leaks } from './leaks.ts';
import { type AllocationSite, liveSites } from './live-memory.ts';
import { processNames } from './processes.ts';
import { msOf } from './units.ts';
import { type WindowMs, windowOf } from './window.ts';

export interface MemoryReport {
  processes: ProcessMemory[];
  copies: CopyRow[];
  /** The longest copies. */
  longestCopies: Copy[];
  /** Who holds what was not freed, most bytes first. */
  sites: LiveSite[];
  /** Leaks, failed allocations, and memory that is allocated again and again. */
  findings: Finding[];
}

export type LiveSite = Omit<AllocationSite, 'live'> & { process: string };

export interface ProcessMemory {
  pid: number;
  process: string | null;
  allocations: number;
  allocatedBytes: number;
  largestBytes: number;
  frees: number;
  freedBytes: number;
  /** Allocated less freed within the window; absent where the file does not say how much the frees gave back. */
  liveBytes?: number;
  bySize: SizeClass[];
}

export interface SizeClass {
  /** Inclusive upper end, a power of two. */
  upToBytes: number;
  allocations: number;
  bytes: number;
}

export interface CopyRow {
  direction: string;
  copies: number;
  bytes: number;
  ms: number;
  /** Bytes over the time in the calls: for asynchronous copies from pinned memory that is no bandwidth. */
  gigabytesPerSecond: number;
  /** The same of copies of 100 MB and more. */
  large?: { copies: number; bytes: number; ms: number };
}

export interface Copy {
  fn: string;
  pid: number;
  atMs: number;
  ms: number;
  bytes: number;
  direction: string | null;
}

const LARGE = 100_000_000;
/** A driver call inside a runtime call is the same allocation: count one layer, the upper one where it is there. */
const LAYER = `layer = (SELECT layer FROM trace_calls WHERE kind = 'alloc' ORDER BY layer = 'runtime' DESC LIMIT 1)`;

/** Allocations, frees and copies as the host asked for them. */
export function memoryReport(reader: TraceReader, query: WindowMs & { limit?: number } = {}): MemoryReport {
  const { from, to } = windowOf(query);
  const { limit = 5 } = query;
  const names = processNames(reader);
  const nameOf = (pid: number) => names.get(pid) ?? `pid ${pid}`;
  const sites = liveSites(reader, query);
  const end = Math.min(to, reader.info.durationMs * 1e6);
  return {
    processes: processMemory(reader, from, to),
    copies: copyRows(reader, from, to),
    longestCopies: longestCopies(reader, from, to, limit),
    sites: sites.slice(0, limit).map(({ live: _, ...site }) => ({ ...site, process: nameOf(site.pid) })),
    findings: [
      ...failedAllocations(reader, query, nameOf),
      ...leaks(sites, Math.max(0, from), end, nameOf),
      ...allocationChurn(reader, query, callSums(reader, query), nameOf),
    ],
  };
}

interface AllocRow {
  pid: number;
  process: string | null;
  size: number;
  kind: string;
  n: number;
  bytes: number | null;
  largest: number | null;
  unsized: number;
}

function processMemory(reader: TraceReader, from: number, to: number): ProcessMemory[] {
  const rows = reader.query<AllocRow>(
    `SELECT c.pid, p.name AS process, c.kind,
       CASE WHEN kind = 'alloc' THEN CAST(ceil(log2(max(1, bytes))) AS INTEGER) ELSE 0 END AS size,
       count(*) AS n, sum(bytes) AS bytes, max(bytes) AS largest, sum(bytes IS NULL) AS unsized
     FROM trace_calls c LEFT JOIN trace_processes p ON p.pid = c.pid
     WHERE kind IN ('alloc', 'free') AND ret = 0 AND ${LAYER} AND start >= ? AND start < ?
     GROUP BY c.pid, c.kind, size ORDER BY size`,
    [from, to],
  );
  return [...Map.groupBy(rows, row => row.pid)].map(([pid, own]) => {
    const allocs = own.filter(row => row.kind === 'alloc');
    const frees = own.filter(row => row.kind === 'free');
    const sum = (list: AllocRow[], pick: (row: AllocRow) => number) =>
      list.reduce((total, row) => total + pick(row), 0);
    const allocatedBytes = sum(allocs, row => row.bytes ?? 0);
    const freedBytes = sum(frees, row => row.bytes ?? 0);
    return {
      pid,
      process: own[0]!.process,
      allocations: sum(allocs, row => row.n),
      allocatedBytes,
      largestBytes: Math.max(0, ...allocs.map(row => row.largest ?? 0)),
      frees: sum(frees, row => row.n),
      freedBytes,
      liveBytes: sum(frees, row => row.unsized) === 0 ? allocatedBytes - freedBytes : undefined,
      bySize: allocs.map(row => ({ upToBytes: 2 ** row.size, allocations: row.n, bytes: row.bytes ?? 0 })),
    };
  });
}

function copyRows(reader: TraceReader, from: number, to: number): CopyRow[] {
  const rows = reader.query<{
    direction: string;
    n: number;
    bytes: number;
    time: number;
    large_n: number;
    large_bytes: number | null;
    large_time: number | null;
  }>(
    `SELECT coalesce(direction, 'unknown') AS direction, count(*) AS n, coalesce(sum(bytes), 0) AS bytes,
       sum(dur) AS time, sum(coalesce(bytes, 0) >= ${LARGE}) AS large_n,
       sum(CASE WHEN bytes >= ${LARGE} THEN bytes END) AS large_bytes,
       sum(CASE WHEN bytes >= ${LARGE} THEN dur END) AS large_time
     FROM trace_calls WHERE kind = 'copy' AND layer = 'runtime' AND start >= ? AND start < ?
     GROUP BY 1 ORDER BY bytes DESC`,
    [from, to],
  );
  return rows.map(row => ({
    direction: row.direction,
    copies: row.n,
    bytes: row.bytes,
    ms: msOf(row.time),
    gigabytesPerSecond: Number((row.bytes / Math.max(1, row.time)).toPrecision(3)),
    ...(row.large_n > 0
      ? { large: { copies: row.large_n, bytes: row.large_bytes!, ms: msOf(row.large_time!) } }
      : {}),
  }));
}

function longestCopies(reader: TraceReader, from: number, to: number, limit: number): Copy[] {
  return reader
    .query<Omit<Copy, 'atMs' | 'ms'> & { start: number; dur: number }>(
      `SELECT fn, pid, start, dur, coalesce(bytes, 0) AS bytes, direction FROM trace_calls
       WHERE kind = 'copy' AND layer = 'runtime' AND start >= ? AND start < ? ORDER BY dur DESC LIMIT ?`,
      [from, to, limit],
    )
    .map(({ start, dur, ...row }) => ({ ...row, atMs: msOf(start), ms: msOf(dur) }));
}

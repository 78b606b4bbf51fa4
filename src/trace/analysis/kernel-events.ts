import type { TraceReader } from '../model.ts';
import { type Span, SpanSet } from './spans.ts';

/** What the kernel did to a process or for it. */
export interface KernelEvent {
  at: number;
  dur: number;
  pid: number;
  tid: number;
  kind: string;
  size: number | null;
  other_pid: number | null;
  /** Disk, or other end of a connection. */
  text: string | null;
}

/** Disk requests during some calls, by disk. */
export interface DiskUse {
  disk: string;
  requests: number;
  bytes: number;
  /** The longest, in nanoseconds. */
  longest: number;
}

/** A file may hold very many; these are as many as are looked at. */
const MOST = 500_000;

export function kernelEvents(reader: TraceReader, kinds: readonly string[]): KernelEvent[] {
  return reader.select<KernelEvent>(
    'trace_events',
    `WHERE kind IN (SELECT value FROM json_each(?)) ORDER BY at LIMIT ${MOST}`,
    [JSON.stringify(kinds)],
  );
}

export function during(events: readonly KernelEvent[], spans: readonly Span[]): KernelEvent[] {
  if (events.length === 0) return [];
  const set = new SpanSet(spans);
  return events.filter(({ at, dur }) => set.touches(at, at + dur));
}

/** Disk requests, the disk that took longest first. */
export function diskUse(events: readonly KernelEvent[]): DiskUse[] {
  const groups = Map.groupBy(events, event => event.text ?? 'a disk');
  return [...groups]
    .map(([disk, own]) => ({
      disk,
      requests: own.length,
      bytes: own.reduce((sum, { size }) => sum + (size ?? 0), 0),
      longest: Math.max(...own.map(({ dur }) => dur)),
    }))
    .sort((a, b) => b.longest - a.longest);
}

import { type WindowMs, windowOf } from '../analysis/window.ts';
import type { TraceReader } from '../model.ts';

export const EXPORT_FORMATS = ['perfetto', 'speedscope', 'otlp'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportQuery extends WindowMs {
  /** Only this process. */
  pid?: number;
}

/** A file of another tool, in pieces: an export needs no more memory for a million calls than for a thousand. */
export type Pieces = Generator<string, void, undefined>;

/** SQL conditions on a view with a time and a pid, and their values. */
export function selection(query: ExportQuery, time = 'start'): { where: string; values: number[] } {
  const { from, to } = windowOf(query);
  const values = [from, to];
  if (query.pid === undefined) return { where: `${time} >= ? AND ${time} < ?`, values };
  return { where: `${time} >= ? AND ${time} < ? AND pid = ?`, values: [...values, query.pid] };
}

export interface ExportProcess {
  pid: number;
  name: string;
  namespace: string | null;
  pod: string | null;
  container: string | null;
}

/** By pid. Processes that only have calls are in nobody's list. */
export function processNames(reader: TraceReader): Map<number, ExportProcess> {
  const rows = reader.query<ExportProcess>(
    'SELECT pid, name, namespace, pod, container FROM trace_processes',
  );
  return new Map(rows.map(row => [row.pid, row]));
}

/** JSON of an object without its members that are null or undefined. */
export function json(value: object): string {
  const kept: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value))
    if (member !== null && member !== undefined) kept[key] = member;
  return JSON.stringify(kept);
}

/** Pieces put together to some 64 KB: a write for each call would take longer than the call did. */
export function* inBlocks(pieces: Pieces): Pieces {
  let block: string[] = [];
  let length = 0;
  for (const piece of pieces) {
    block.push(piece);
    length += piece.length;
    if (length < 65_536) continue;
    yield block.join('');
    block = [];
    length = 0;
  }
  if (length > 0) yield block.join('');
}

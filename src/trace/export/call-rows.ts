import { cleanText } from '../../shared/text.ts';
import type { TraceReader } from '../model.ts';
import { type ExportQuery, selection } from './format.ts';

/** One call. Times are nanoseconds since the trace began. */
export interface ExportCall {
  id: number;
  pid: number;
  tid: number;
  fn: string;
  layer: string;
  kind: string;
  start: number;
  dur: number;
  bytes: number | null;
  direction: string | null;
  stream: number | null;
  device: number | null;
  ret: number | null;
  parent: number | null;
  flags: number | null;
  kernel: string | null;
}

const COLUMNS =
  'id, pid, tid, fn, layer, kind, start, dur, bytes, direction, stream, device, ret, parent, flags, kernel';
type Row = [
  number,
  number,
  number,
  string,
  string,
  string,
  number,
  number,
  number | null,
  string | null,
  number | null,
  number | null,
  number | null,
  number | null,
  number | null,
  string | null,
];

/** Calls thread by thread in the order of their starts, an outer one before those inside it. */
export function* exportCalls(reader: TraceReader, query: ExportQuery): Generator<ExportCall> {
  const { where, values } = selection(query);
  const rows = reader.rows<Row>(
    `SELECT ${COLUMNS} FROM trace_calls WHERE ${where} ORDER BY pid, tid, start, dur DESC, id DESC`,
    values,
  );
  const cleaned = new Map<string, string>();
  const clean = (text: string) => {
    let known = cleaned.get(text);
    if (known === undefined) {
      known = cleanText(text);
      cleaned.set(text, known);
    }
    return known;
  };
  for (const row of rows) {
    const [
      id,
      pid,
      tid,
      fn,
      layer,
      kind,
      start,
      dur,
      bytes,
      direction,
      stream,
      device,
      ret,
      parent,
      flags,
      kernel,
    ] = row;
    yield {
      id,
      pid,
      tid,
      fn: clean(fn),
      layer,
      kind,
      start,
      dur,
      bytes,
      direction,
      stream,
      device,
      ret,
      parent,
      flags,
      kernel: kernel === null ? null : clean(kernel),
    };
  }
}

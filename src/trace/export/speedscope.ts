import { cleanText } from '../../shared/text.ts';
import { frameText, isSameFunction } from '../analysis/frames.ts';
import type { TraceReader } from '../model.ts';
import { type ExportCall, exportCalls } from './call-rows.ts';
import {
  type ExportProcess,
  type ExportQuery,
  json,
  type Pieces,
  processNames,
  selection,
} from './format.ts';

const SCHEMA = 'https://www.speedscope.app/file-format-schema.json';

/**
 * speedscope's own format: for each thread its calls in time, and for each process with stacks those weighted by the
 * time of the calls that came from them. Frames are written last, when all are known.
 */
export function* speedscope(reader: TraceReader, query: ExportQuery): Pieces {
  const frames = new Frames();
  const processes = processNames(reader);
  const name = `${reader.info.host ?? 'GPU trace'} ${reader.info.startedAt ?? ''}`.trim();
  yield `{"$schema":"${SCHEMA}","exporter":"kv","name":${JSON.stringify(name)},"activeProfileIndex":0,"profiles":[\n`;
  yield* profiles(reader, query, frames, processes);
  yield `\n],"shared":{"frames":${JSON.stringify(frames.all)}}}\n`;
}

/** Names in the order of their numbers. */
class Frames {
  readonly all: { name: string }[] = [];
  readonly #numbers = new Map<string, number>();

  of(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.all.length);
    return this.all.push({ name }) - 1;
  }
}

function* profiles(
  reader: TraceReader,
  query: ExportQuery,
  frames: Frames,
  processes: ReadonlyMap<number, ExportProcess>,
): Pieces {
  const label = (pid: number) => `${processes.get(pid)?.name ?? 'process'} ${pid}`;
  let profiles = 0;
  const separator = () => (profiles++ === 0 ? '' : ',\n');
  let thread: Thread | undefined;
  for (const call of exportCalls(reader, query)) {
    if (thread?.tid !== call.tid || thread.pid !== call.pid) {
      if (thread) yield thread.end();
      thread = new Thread(call, frames);
      yield separator() + thread.begin(`${label(call.pid)}, thread ${call.tid}`);
    }
    yield* thread.add(call);
  }
  if (thread) yield thread.end();
  for (const stacks of sampled(reader, query, frames, label)) yield separator() + stacks;
}

/** Opens and closes calls of one thread so that they nest, as the format demands. */
class Thread {
  readonly pid: number;
  readonly tid: number;
  readonly #frames: Frames;
  readonly #open: Array<{ frame: number; until: number }> = [];
  #isFirst = true;
  #last = 0;

  constructor({ pid, tid, start }: ExportCall, frames: Frames) {
    this.pid = pid;
    this.tid = tid;
    this.#frames = frames;
    this.#last = Math.max(0, start);
  }

  begin(name: string): string {
    return `{"type":"evented","name":${JSON.stringify(name)},"unit":"nanoseconds","startValue":0,"events":[`;
  }

  *add({ fn, kernel, start, dur }: ExportCall): Pieces {
    yield* this.#close(start);
    const at = Math.max(this.#last, start);
    const until = Math.min(start + dur, this.#open.at(-1)?.until ?? Number.POSITIVE_INFINITY);
    const frame = this.#frames.of(kernel === null ? fn : `${fn} ${kernel}`);
    yield this.#event('O', frame, at);
    this.#open.push({ frame, until: Math.max(at, until) });
  }

  end(): string {
    const closed = [...this.#close(Number.POSITIVE_INFINITY)].join('');
    return `${closed}],"endValue":${this.#last}}`;
  }

  *#close(upTo: number): Pieces {
    while (this.#open.length > 0 && this.#open.at(-1)!.until <= upTo) {
      const { frame, until } = this.#open.pop()!;
      yield this.#event('C', frame, Math.max(this.#last, until));
    }
  }

  #event(type: 'O' | 'C', frame: number, at: number): string {
    const comma = this.#isFirst ? '' : ',';
    this.#isFirst = false;
    this.#last = at;
    return `${comma}\n{"type":"${type}","frame":${frame},"at":${at}}`.trimStart();
  }
}

type StackRow = [
  pid: number,
  fn: string,
  stack: number,
  total: number,
  kind: string | null,
  name: string | null,
  module: string | null,
  offset: number | null,
  line: number | null,
];

/** Rows of one stack stand together, and stacks of one process. */
function* sampled(
  reader: TraceReader,
  query: ExportQuery,
  frames: Frames,
  label: (pid: number) => string,
): Pieces {
  const { where, values } = selection(query);
  const rows = reader.rows<StackRow>(
    `SELECT c.pid, c.fn, c.stack, c.total, s.kind, s.name, s.module, s.offset, s.line
     FROM (SELECT pid, fn, stack, sum(dur) AS total FROM trace_calls
           WHERE stack IS NOT NULL AND parent IS NULL AND ${where} GROUP BY pid, fn, stack) c
     JOIN trace_stacks s ON s.stack = c.stack ORDER BY c.pid, c.fn, c.stack, s.depth`,
    values,
  );
  let process: { pid: number; samples: number[][]; weights: number[] } | undefined;
  let group = '';
  for (const [pid, fn, stack, total, kind, name, module, offset, line] of rows) {
    if (process?.pid !== pid) {
      if (process) yield stackProfile(label(process.pid), process);
      process = { pid, samples: [], weights: [] };
      group = '';
    }
    const own = `${fn} ${stack}`;
    if (own !== group) {
      group = own;
      process.samples.push(isSameFunction(name, fn) ? [] : [frames.of(cleanText(fn))]);
      process.weights.push(total);
    }
    // Outermost first.
    process.samples.at(-1)!.unshift(frames.of(cleanText(frameText({ kind, name, module, offset, line }))));
  }
  if (process) yield stackProfile(label(process.pid), process);
}

function stackProfile(
  name: string,
  { samples, weights }: { samples: number[][]; weights: number[] },
): string {
  const endValue = weights.reduce((sum, weight) => sum + weight, 0);
  return json({
    type: 'sampled',
    name: `${name}, by stack`,
    unit: 'nanoseconds',
    startValue: 0,
    endValue,
    samples,
    weights,
  });
}

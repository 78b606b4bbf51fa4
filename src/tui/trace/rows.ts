import { formatBytes, formatDuration } from '../../shared/text.ts';
import type { LiveTrace } from '../../trace/recorder/recording.ts';
import { cutRow, cutText, padEnd, type Row, rowWidth, type Span, span, widthOf } from '../layout/row.ts';
import { prefixRows, wrapRow, wrapText } from '../layout/wrap.ts';
import type { Glyphs } from '../theme.ts';
import { sorted, type TraceView } from './state.ts';
import { functionRows, gpuRows, percent, processRows } from './tables.ts';
import type { TraceTarget } from './types.ts';

export interface TraceScreen {
  size: { columns: number; rows: number };
  glyphs: Glyphs;
}

const MARGIN = '  ';
const TALL = 32;
const FEWEST_FUNCTIONS = 4;

/** The whole live view, less high than the screen; what matters least goes first where there is little room. */
export function traceRows(view: TraceView, target: TraceTarget, { size, glyphs }: TraceScreen): Row[] {
  const width = Math.max(20, size.columns - 1);
  const room = width - MARGIN.length;
  const max = Math.max(4, size.rows - 1);
  const shown = view.held ?? view.now;
  const head = [headRow(view, target, room, glyphs), fileRow(shown, target, room, glyphs)];
  const foot = footRows(view, shown, room, glyphs);
  const body = view.help
    ? helpRows(room)
    : shown && shown.functions.length > 0
      ? bodyRows(shown, view, {
          width: room,
          height: max - head.length - foot.length,
          isTall: max >= TALL,
          glyphs,
        })
      : idleRows(target, room);
  const left = max - head.length - foot.length;
  return prefixRows([...head, ...body.slice(0, left), ...foot], [span(MARGIN)])
    .slice(0, max)
    .map(row => cutRow(row, width, glyphs.ellipsis));
}

function headRow(view: TraceView, target: TraceTarget, width: number, glyphs: Glyphs): Row {
  const { now, held } = view;
  const state: Span =
    now?.state === 'ending'
      ? span('ending', 'warn')
      : now?.state === 'recording'
        ? span('recording', 'ok')
        : span(now ? 'waiting' : 'starting', 'accent');
  const badge = held ? [span(' '), span(' display held ', 'badge')] : [];
  const time = now ? `  ${formatDuration(Math.floor(now.elapsedMs / 1000) * 1000)}` : '';
  const left: Row = [state, ...badge, span(time)];
  const room = width - rowWidth(left) - 2;
  return [...left, span(`  ${cutText(target.what, Math.max(0, room), glyphs.ellipsis)}`, 'dim')];
}

function fileRow(shown: LiveTrace | undefined, { path }: TraceTarget, width: number, glyphs: Glyphs): Row {
  const bytes = shown ? formatBytes(shown.fileBytes) : '';
  const name = cutText(path, width - widthOf(bytes) - 2, glyphs.ellipsis);
  return [span(padEnd(name, width - widthOf(bytes)), 'dim'), span(bytes)];
}

interface Body {
  width: number;
  height: number;
  isTall: boolean;
  glyphs: Glyphs;
}

function bodyRows(shown: LiveTrace, { sort }: TraceView, { width, height, isTall, glyphs }: Body): Row[] {
  const functions = functionRows(sorted(shown.functions, sort), sort, width, glyphs);
  let left = height - Math.min(functions.length, FEWEST_FUNCTIONS + 1) - 1;
  const taken = (section: readonly Row[], most: number) => {
    const rows = section.length > 0 && left >= 3 ? [[], ...section.slice(0, Math.min(most, left - 1))] : [];
    left -= rows.length;
    return rows;
  };
  const processes = taken(processRows(shown.processes, width, glyphs), isTall ? 9 : 4);
  const gpus = taken(gpuRows(shown.gpus), isTall ? 8 : 2);
  const chains = taken(chainRows(shown.chains, width, glyphs), isTall ? 12 : 6);
  const notes = taken(
    shown.notes.flatMap(note => wrapText(note, width, 'warn')),
    isTall ? 4 : 2,
  );
  const above = height - processes.length - gpus.length - chains.length - notes.length - 1;
  return [[], ...functions.slice(0, Math.max(2, above)), ...processes, ...gpus, ...chains, ...notes];
}

/** Why calls were slow, each cut to two rows so that several can be seen. */
function chainRows(chains: readonly string[], width: number, glyphs: Glyphs): Row[] {
  return chains.flatMap(sentence => {
    const rows = wrapRow([span(`${glyphs.pointer} `, 'accent'), span(sentence)], width, [span('  ')]);
    if (rows.length <= 2) return rows;
    return [rows[0]!, cutRow([...rows[1]!, span(` ${glyphs.ellipsis}`, 'dim')], width, glyphs.ellipsis)];
  });
}

function idleRows({ what }: TraceTarget, width: number): Row[] {
  return [
    [],
    [span('Waiting for a process that loads CUDA.')],
    ...wrapText(`Watched: ${what}. Its calls are seen from the moment it loads the library.`, width, 'dim'),
  ];
}

function helpRows(width: number): Row[] {
  const keys: Array<[string, string]> = [
    ['q, ctrl+c', 'end the recording; the file is closed in order and summed up'],
    ['s', 'order functions by total time, calls, p99 or longest call'],
    ['p, space', 'hold the display; recording goes on'],
    ['?', 'this help; any key closes it'],
  ];
  const words: Array<[string, string]> = [
    ['waits for CPU', 'share of time that the calling thread was ready and another ran'],
    ['lost', 'records that the machine was too busy for; they are counted in the file'],
    ['kv', 'share of one CPU that the recorder itself takes; probes: what the calls pay'],
  ];
  const line = ([key, text]: [string, string]) =>
    wrapRow([span(padEnd(key, 15), 'accent'), span(text)], width, [span(' '.repeat(15))]);
  return [[], ...keys.flatMap(line), [], ...words.flatMap(line)];
}

function footRows(
  { sort, help }: TraceView,
  shown: LiveTrace | undefined,
  width: number,
  glyphs: Glyphs,
): Row[] {
  const dot = span(` ${glyphs.dot} `, 'dim');
  const keys = help ? 'any key closes the help' : `q end   s order: ${sort}   p hold   ? help`;
  if (!shown) return [[], [span(keys, 'dim')]];
  const lost = shown.dropped.reduce((sum, { count }) => sum + count, 0);
  const figures: Row = [
    span(`${count(shown.callsPerSecond)} calls/s`),
    dot,
    span(`${count(shown.rowsPerSecond)} rows/s`),
    dot,
    span(`lost ${count(lost)}`, lost > 0 ? 'bad' : undefined),
    dot,
    span(`kv ${percent(shown.overhead)} of a CPU`),
    dot,
    span(`probes ${percent(shown.probeShare)}`),
  ];
  return [[], cutRow(figures, width, glyphs.ellipsis), [span(keys, 'dim')]];
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

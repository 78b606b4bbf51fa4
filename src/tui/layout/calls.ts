import { keyArguments } from '../../shared/call-arguments.ts';
import { isRecord } from '../../shared/json.ts';
import { formatBytes, formatDuration, oneLine } from '../../shared/text.ts';
import type { CallGroup, CallSample } from '../state/view.ts';
import { INDENT, type LayoutContext } from './context.ts';
import { cutRow, cutText, padEnd, padStart, type Row, rowWidth, type Span, span, widthOf } from './row.ts';

/** Groups up to this size are shown call by call. */
const SHOWN_SINGLY = 3;
const EXPANDED_SINGLY = 40;

interface Columns {
  name: number;
  context: LayoutContext;
}

/** The tree of calls: one row a call, one row a group of many similar calls, failures below. */
export function callRows(groups: readonly CallGroup[], context: LayoutContext): Row[] {
  const limit = context.expanded ? EXPANDED_SINGLY : SHOWN_SINGLY;
  const isSingle = (group: CallGroup) => group.total <= limit;
  const labels = groups.map(group => (isSingle(group) ? group.name : collapsedName(group, context)));
  const longest = Math.max(0, ...labels.map(widthOf));
  const columns = { name: Math.min(longest, Math.max(12, Math.floor(context.width / 3))), context };
  return groups.flatMap((group, index) =>
    isSingle(group)
      ? group.samples.flatMap(sample => sampleRows(group, sample, columns))
      : [groupRow(group, labels[index]!, columns), ...failureRows(group, columns)],
  );
}

function sampleRows(group: CallGroup, sample: CallSample, columns: Columns): Row[] {
  const { glyphs } = columns.context;
  const isRunning = sample.state === 'running';
  const glyph = isRunning
    ? span(glyphs.waiting, 'accent')
    : sample.state === 'ok'
      ? span(glyphs.ok, 'ok')
      : span(glyphs.bad, 'bad');
  const summary = isRunning ? (group.progress ?? '') : sample.state === 'ok' ? sample.summary : '';
  const row = callRow(glyph, group.name, keyArguments(sample.args), columns, {
    summary,
    bytes: sample.state === 'ok' ? formatBytes(sample.bytes) : '',
    time: isRunning ? '' : sample.cached ? 'cached' : formatDuration(sample.durationMs),
  });
  return sample.error ? [row, errorRow(sample.error, columns)] : [row];
}

function groupRow(group: CallGroup, label: string, columns: Columns): Row {
  const { glyphs } = columns.context;
  const running = group.total - group.ok - group.failed;
  const glyph =
    running > 0
      ? span(glyphs.waiting, 'accent')
      : group.failed > 0
        ? span(glyphs.bad, 'bad')
        : span(glyphs.ok, 'ok');
  const counts: Span[] = [];
  if (group.ok > 0) counts.push(span(`${group.ok} ok`));
  if (group.cached > 0) counts.push(span(`${group.cached} cached`, 'dim'));
  if (running > 0) counts.push(span(`${running} running`, 'accent'));
  if (group.failed > 0) counts.push(span(`${group.failed} failed`, 'bad'));
  const spaced = counts.flatMap((part, index) => (index === 0 ? [part] : [span('  '), part]));
  return callRow(glyph, label, spaced, columns, {
    summary: running > 0 ? (group.progress ?? '') : '',
    bytes: group.bytes > 0 ? formatBytes(group.bytes) : '',
    time: running > 0 ? '' : formatDuration(group.endedAt - group.startedAt),
  });
}

function failureRows(group: CallGroup, columns: Columns): Row[] {
  return group.failures.map(failure => {
    const what = keyArguments(failure.args);
    const error = failure.error ?? 'failed';
    return errorRow(what === '' || saysObject(error, failure.args) ? error : `${what}: ${error}`, columns);
  });
}

/** True where an error names its object by itself, so that it need not be said before it. */
function saysObject(error: string, args: unknown): boolean {
  const name = isRecord(args) ? (args['pod'] ?? args['name']) : undefined;
  return typeof name === 'string' && error.includes(name);
}

function errorRow(error: string, { context }: Columns): Row {
  const indent = ' '.repeat(INDENT + 2);
  const room = context.width - indent.length;
  return [span(indent), span(cutText(oneLine(error, room * 2), room, context.glyphs.ellipsis), 'bad')];
}

function collapsedName(group: CallGroup, { glyphs }: LayoutContext): string {
  return `${group.name} ${glyphs.times}${group.total}`;
}

/** Glyph, name, arguments on the left; summary, bytes, time in columns on the right as far as there is room. */
function callRow(
  glyph: Span,
  name: string,
  detail: string | Span[],
  { name: nameWidth, context }: Columns,
  facts: { summary: string; bytes: string; time: string },
): Row {
  const { width, glyphs } = context;
  const head: Row = [
    span(' '.repeat(INDENT)),
    glyph,
    span(` ${padEnd(cutText(name, nameWidth, glyphs.ellipsis), nameWidth)}  `),
  ];
  let right = padStart(facts.time, 7);
  if (width >= 52) right = `${padStart(facts.bytes, 7)} ${right}`;
  const room = width - rowWidth(head) - widthOf(right) - 1;
  if (room < 4) return cutRow([...head, span(facts.time, 'dim')], width, glyphs.ellipsis);
  const summary =
    facts.summary && room >= 30 ? cutText(facts.summary, Math.floor(room / 2), glyphs.ellipsis) : '';
  const left = cutRow(
    typeof detail === 'string' ? [span(detail)] : detail,
    room - 1 - (summary ? widthOf(summary) + 1 : 0),
    glyphs.ellipsis,
  );
  const gap = room - rowWidth(left) - widthOf(summary);
  return [...head, ...left, span(' '.repeat(Math.max(1, gap))), span(`${summary} ${right}`, 'dim')];
}

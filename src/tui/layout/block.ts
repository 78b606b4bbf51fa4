import { formatDuration } from '../../shared/text.ts';
import type { Block } from '../state/view.ts';
import { keepFirst } from './clamp.ts';
import { codeRows, isCodeCut } from './code.ts';
import { comparedRows } from './compared.ts';
import { INDENT, type LayoutContext } from './context.ts';
import { proseRows } from './prose.ts';
import { reportRows } from './report.ts';
import { cutRow, type Row, type StyleName, span } from './row.ts';
import { isRunCut, runRows } from './run.ts';
import { tokenRows } from './tokens.ts';
import { prefixRows, wrapRow, wrapText } from './wrap.ts';

const SHOWN_QUESTION = 8;
const SHOWN_CHECK = 16;
/** A line of a code frame: wrapping it would move the caret away from what it points at. */
const FRAME_LINE = /^\s*>?\s*\d*\s*[|│]/u;

/** One block of the conversation as rows, with the empty row that sets it apart. */
export function blockRows(block: Block, context: LayoutContext): Row[] {
  const rows = bodyRows(block, context).map(row => cutRow(row, context.width, context.glyphs.ellipsis));
  return rows.length === 0 || isAttached(block) ? rows : [[], ...rows];
}

/** What is shown right under the block before it. */
function isAttached(block: Block): boolean {
  return (
    block.kind === 'run' ||
    block.kind === 'check-failed' ||
    block.kind === 'compared' ||
    (block.kind === 'session' && !block.resumed)
  );
}

/** True where expanding would show more. */
export function isBlockCut(block: Block, context: LayoutContext): boolean {
  if (block.kind === 'script') return isCodeCut(block.code);
  if (block.kind === 'run') return isRunCut(block, context);
  return block.kind === 'check-failed' && block.message.split('\n').length > SHOWN_CHECK + 1;
}

function bodyRows(block: Block, context: LayoutContext): Row[] {
  const { width, glyphs } = context;
  const margin = [span(' '.repeat(INDENT))];
  switch (block.kind) {
    case 'session':
      return wrapRow(sessionRow(block), width, margin);
    case 'question': {
      const rows = wrapText(block.text.slice(0, 4_000), width - INDENT, 'bold');
      const shown = keepFirst(rows, SHOWN_QUESTION, { ...context, canExpand: false });
      return shown.map((row, index) => [
        index === 0 ? span(`${glyphs.prompt} `, 'accent') : margin[0]!,
        ...row,
      ]);
    }
    case 'text':
    case 'answer':
      return prefixRows(proseRows(block.text.trimEnd(), width - INDENT), margin);
    case 'script':
      return codeRows(block, context);
    case 'check-failed': {
      const lines = block.message.trimEnd().split('\n');
      const room = width - INDENT - 2;
      const rows = lines.flatMap((text, index) => {
        const isFrame = FRAME_LINE.test(text);
        if (isFrame) return [cutRow([span(text, 'dim')], room, glyphs.ellipsis)];
        return wrapText(text, room, index === 0 ? 'bad' : undefined);
      });
      const shown = context.expanded ? rows : keepFirst(rows, SHOWN_CHECK, context);
      const title: Row = [
        ...margin,
        span(`${glyphs.bad} the script does not type-check; nothing ran`, 'badTitle'),
      ];
      return [title, ...prefixRows(shown, [span(' '.repeat(INDENT + 2))])];
    }
    case 'run':
      return runRows(block, context);
    case 'notice': {
      const style: StyleName = block.level === 'warning' ? 'warn' : 'dim';
      const sign = block.level === 'warning' ? glyphs.warn : glyphs.dot;
      return wrapRow([...margin, span(`${sign} ${block.text}`, style)], width, [
        span(' '.repeat(INDENT + 2)),
      ]);
    }
    case 'report':
      return reportRows(block.report, context);
    case 'finished':
      return finishedRows(block, context);
    case 'compared':
      return comparedRows(block, context);
    case 'tokens':
      return tokenRows(block.spent, context);
    case 'output':
      return block.rows.flatMap(row => wrapRow(row, width, [span(' '.repeat(INDENT))]));
    case 'expansion':
      return bodyRows(block.of, { ...context, live: false, expanded: true });
    default:
      return block satisfies never;
  }
}

function sessionRow(block: Extract<Block, { kind: 'session' }>): Row {
  const resumed = block.resumed ? `, resumed ${block.session}` : '';
  return [span('kv', 'title'), span(` ${block.version}  ${block.summary}${resumed}`, 'dim')];
}

function finishedRows(block: Extract<Block, { kind: 'finished' }>, { width, glyphs }: LayoutContext): Row[] {
  const { status, message, hint, turns, calls, durationMs } = block;
  const figures = `${formatDuration(durationMs)}, ${count(turns, 'turn')}, ${count(calls, 'call')}`;
  const margin = span(' '.repeat(INDENT));
  if (status === 'answered')
    return wrapRow([margin, span(`${glyphs.dot} answered in ${figures}`, 'dim')], width, [
      margin,
      span('  '),
    ]);
  if (status === 'cancelled')
    return [[margin, span(`${glyphs.warn} stopped`, 'warn'), span(` after ${figures}`, 'dim')]];
  const titles = {
    failed: 'failed',
    limit: 'limit reached',
    'cluster-unreachable': 'cluster unreachable',
    'model-unavailable': 'model unavailable',
  };
  const title = [
    margin,
    span(`${glyphs.bad} ${titles[status]}`, 'badTitle'),
    span(` after ${figures}`, 'dim'),
  ];
  const why = [message, hint].filter(part => part !== undefined && part !== '').join(' ');
  return [title, ...prefixRows(why ? wrapText(why, width - INDENT - 2) : [], [span(' '.repeat(INDENT + 2))])];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

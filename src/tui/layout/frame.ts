import type { SessionContext } from '../../agent/events.ts';
import { formatDuration } from '../../shared/text.ts';
import { matchingCommands } from '../commands/registry.ts';
import { promptLayout } from '../prompt/prompt-rows.ts';
import { openCard } from '../shell/approval-card.ts';
import type { ShellState } from '../shell/shell-state.ts';
import { nowText } from '../state/now.ts';
import type { Block, View } from '../state/view.ts';
import type { Glyphs } from '../theme.ts';
import { approvalLayout } from './approval.ts';
import { blockRows } from './block.ts';
import { keepNewest } from './clamp.ts';
import { footerRows } from './footer.ts';
import { helpRows } from './help.ts';
import { cutRow, padEnd, type Row, span } from './row.ts';

/** What stands below the scrollback, redrawn as things happen. Always less high than the screen. */
export interface Frame {
  rows: readonly Row[];
  /** Where the terminal's cursor belongs, counted from the frame's first row; input methods draw there. */
  cursor: { x: number; y: number } | undefined;
  /** How far the approval card or the help can be scrolled. */
  maxScroll?: number;
}

export interface FrameInput {
  view: View;
  /** Blocks that are not in the scrollback yet. */
  live: readonly Block[];
  shell: ShellState;
  context: SessionContext;
  size: { columns: number; rows: number };
  glyphs: Glyphs;
  /** Unix milliseconds. */
  now: number;
  /** Undefined without animation. */
  spinner: string | undefined;
}

export const EMPTY_FRAME: Frame = { rows: [], cursor: undefined };
const MAX_PROMPT_ROWS = 6;
const LOW_SCREEN = 16;

/** The live part, from the bottom up: footer, prompt or card, status; what is left of the screen shows the work. */
export function frameOf(input: FrameInput): Frame {
  const { size, glyphs, shell } = input;
  // One column stays free: a character in the last one makes terminals disagree about where the cursor is.
  const width = Math.max(20, size.columns - 1);
  const max = Math.max(4, size.rows - 1);
  const footer = size.rows >= 8 ? footerFor(input, width) : [];
  const status = statusRows(input, width);
  const bottom = bottomPart(input, width, max - footer.length - status.length);
  const fixed = footer.length + status.length + bottom.rows.length;
  const room = Math.max(0, max - fixed);
  const help = shell.help === undefined ? undefined : helpRows(width);
  const work = help ? help.slice(shell.help, (shell.help ?? 0) + room) : workRows(input, width, room);
  const rows = [...work, ...status, ...bottom.rows, ...footer].map(row =>
    cutRow(row, width, glyphs.ellipsis),
  );
  const above = work.length + status.length;
  const { cursor } = bottom;
  const maxScroll = help ? Math.max(0, help.length - room) : bottom.maxScroll;
  return { rows, cursor: cursor && { x: Math.min(cursor.x, width), y: above + cursor.y }, maxScroll };
}

function workRows({ live, glyphs, shell }: FrameInput, width: number, max: number): readonly Row[] {
  const context = { width, glyphs, live: true, expanded: shell.expanded, canExpand: true };
  const rows = live.flatMap(block => blockRows(block, { ...context, live: !block.done }));
  return keepNewest(rows, max, glyphs);
}

function statusRows({ view, glyphs, now, spinner, size }: FrameInput, width: number): Row[] {
  const text = nowText(view, glyphs.times);
  const isWaiting = view.approvals.length > 0;
  // On a low screen the card needs every row, and its title says that kv waits.
  if (text === undefined || (isWaiting && size.rows < LOW_SCREEN)) return [];
  const sign = isWaiting ? span(glyphs.warn, 'warn') : span(spinner ?? glyphs.dot, 'accent');
  const since = view.askedAt === undefined || spinner === undefined ? '' : `  ${seconds(now - view.askedAt)}`;
  return [
    [],
    cutRow([span('  '), sign, span(` ${text}`, isWaiting ? 'warn' : undefined), span(since, 'dim')], width),
  ];
}

function seconds(ms: number): string {
  return ms < 60_000 ? `${Math.max(0, Math.floor(ms / 1000))} s` : formatDuration(ms);
}

/** The card that waits for an answer, or the prompt with what belongs to it. */
function bottomPart(input: FrameInput, width: number, room: number): Frame {
  const { view, shell, glyphs } = input;
  const waiting = view.approvals[0];
  if (waiting) {
    const card = shell.card?.id === waiting.id ? shell.card : openCard(waiting);
    const layout = approvalLayout(waiting, card, { width, maxRows: room, glyphs });
    return { rows: layout.rows, cursor: layout.cursor, maxScroll: layout.maxScroll };
  }
  const blank: Row[] = room > 6 ? [[]] : [];
  const suggestions = suggestionRows(shell, width, room - blank.length);
  const above = [
    ...queueRows(shell, glyphs, width),
    ...(suggestions.length > 0 ? [...blank, ...suggestions] : []),
  ];
  if (shell.search) return searchPart(shell.search, [...above, ...blank], width);
  const { rows, cursor } = promptLayout(
    shell.editor,
    width - 2,
    Math.min(MAX_PROMPT_ROWS, Math.max(1, room - 2)),
  );
  const typed: Row[] = rows.map((row, index) => [
    span(index === 0 ? `${glyphs.prompt} ` : '  ', 'accent'),
    ...row,
  ]);
  if (shell.editor.text === '') typed[0] = [...typed[0]!, span(placeholder(input), 'dim')];
  const lead = [...above, ...blank];
  return { rows: [...lead, ...typed], cursor: { x: cursor.x + 2, y: lead.length + cursor.y } };
}

function placeholder({ view, shell }: FrameInput): string {
  if (shell.queue.length > 0) return '';
  if (view.activity.kind !== 'idle') return 'type the next question while this one runs';
  return view.finished > 0 ? 'ask a follow-up, or ? for help' : 'ask why, or ? for help';
}

function queueRows(shell: ShellState, glyphs: Glyphs, width: number): Row[] {
  return shell.queue
    .slice(0, 3)
    .map(text => cutRow([span(`  ${glyphs.waiting} next: ${text.split('\n')[0]}`, 'dim')], width));
}

/** Commands that what is typed may become. */
function suggestionRows(shell: ShellState, width: number, room: number): Row[] {
  const commands = matchingCommands(shell.editor.text).slice(0, Math.max(0, Math.min(12, room - 3)));
  return commands.map(command =>
    cutRow(
      [span(`  ${padEnd(`/${command.name}`, 11)} `, 'accent'), span(`${command.summary}`, 'dim')],
      width,
    ),
  );
}

function searchPart(search: NonNullable<ShellState['search']>, above: Row[], width: number): Frame {
  const label = `search: ${search.query}`;
  const found = search.match?.split('\n')[0] ?? (search.query === '' ? '' : 'no match');
  const row = cutRow([span('search: ', 'accent'), span(search.query), span(`   ${found}`, 'dim')], width);
  return { rows: [...above, row], cursor: { x: Math.min(label.length, width), y: above.length } };
}

function footerFor(input: FrameInput, width: number): Row[] {
  const { view, shell, context, size, glyphs, now } = input;
  const elapsedMs = view.askedAt === undefined ? undefined : (view.finishedAt ?? now) - view.askedAt;
  return footerRows({ view, context, elapsedMs, keys: keysFor(view, shell) }, width, size.rows, glyphs);
}

function keysFor(view: View, shell: ShellState): string {
  if (shell.hint) return shell.hint;
  if (shell.help !== undefined) return 'arrows scroll, any other key closes the help';
  if (shell.search) return 'enter take, ctrl+r older, esc back';
  if (view.approvals.length > 0) return 'nothing changes until you choose';
  if (view.activity.kind !== 'idle') return 'esc stop   ctrl+o expand   ? help';
  return '? help   / commands   up history   ctrl+o expand   ctrl+c twice leave';
}

import type { ApprovalRequest, Change } from '../../policy/types.ts';
import { oneLine } from '../../shared/text.ts';
import { promptLayout } from '../prompt/prompt-rows.ts';
import type { CardState, Option } from '../shell/approval-card.ts';
import { OPTIONS } from '../shell/approval-card.ts';
import { changeName } from '../state/view.ts';
import type { Glyphs } from '../theme.ts';
import { cutRow, cutText, padEnd, type Row, rowWidth, span, widthOf } from './row.ts';
import { linesOf, wrapRow, wrapText } from './wrap.ts';

export interface ApprovalLayout {
  rows: Row[];
  /** Where the reason is typed, counted from the first of `rows`. */
  cursor?: { x: number; y: number };
  /** How far the changes can be scrolled. */
  maxScroll: number;
}

const MIN_BODY = 5;

/** The card that asks a person, in at most `maxRows` rows: what would change, exactly how, and the choices. */
export function approvalLayout(
  request: ApprovalRequest,
  card: CardState,
  size: { width: number; maxRows: number; glyphs: Glyphs },
): ApprovalLayout {
  const { width, glyphs } = size;
  const inner = width - 4;
  const maxRows = Math.max(6, size.maxRows);
  const body = changeRows(request, inner, glyphs);
  const isRoomy = maxRows >= MIN_BODY + OPTIONS.length + 3;
  const choices = card.reason
    ? undefined
    : isRoomy
      ? OPTIONS.map((option, index) => optionRow(option, index, card.focus === index, request, inner, glyphs))
      : [optionRow(OPTIONS[card.focus]!, card.focus, true, request, inner, glyphs)];
  const reason = card.reason ? promptLayout(card.reason, inner - 8, 1) : undefined;
  const answer: Row[] = choices ?? [[span('reason: ', 'bold'), ...reason!.rows[0]!]];
  const room = maxRows - 3 - answer.length;
  const maxScroll = Math.max(0, body.length - room);
  const scroll = Math.min(card.scroll, maxScroll);
  const shown = body.slice(scroll, scroll + room);
  const below = body.length - scroll - shown.length;
  const more = body.length > room ? `${scroll + 1}-${scroll + shown.length} of ${body.length} lines` : '';
  const inside = [...shown, moreRow(more, below, inner, glyphs), ...answer];
  const keys = card.reason ? 'enter send, esc back' : keysFor(isRoomy, body.length > room);
  const rows = boxed(inside, titleOf(request), keys, width, glyphs);
  const cursor = reason && { x: 2 + 8 + reason.cursor.x, y: 1 + shown.length + 1 };
  return { rows, cursor, maxScroll };
}

/** `3 changes: 2 patch Deployment in shop, 1 delete Pod in shop`, or the one change itself. */
export function titleOf(request: ApprovalRequest): string {
  if (request.changes.length === 1) return `Approve this change?`;
  const counts = new Map<string, number>();
  for (const { verb, kind, namespace } of request.changes) {
    const what = `${verb} ${kind}${namespace ? ` in ${namespace}` : ''}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const parts = Array.from(counts, ([what, count]) => `${count} ${what}`);
  return `Approve these ${request.changes.length} changes? ${parts.join(', ')}`;
}

/** All names first where there are several; then of every change its difference, what the server said, and the exact request. */
export function changeRows(request: ApprovalRequest, width: number, glyphs: Glyphs): Row[] {
  const { changes } = request;
  const names = changes.map((change, index) => {
    const number = changes.length > 1 ? `${index + 1}. ` : '';
    return wrapRow([span(`${number}${changeName(change)}`, 'bold')], width, [span('   ')]);
  });
  const details = changes.map(change => [
    ...(change.note ? wrapText(change.note, width, 'warn') : []),
    ...(change.diff ? diffRows(change.diff, width, glyphs) : []),
    ...wrapRow([span(requestLine(change), 'dim')], width, [span('  ')]),
    ...bodyRows(change, width, glyphs),
  ]);
  if (changes.length === 1) return [...names.flat(), ...details.flat()];
  return [...names.flat(), ...names.flatMap((name, index) => [[], ...name, ...details[index]!])];
}

/** A unified diff in colour. */
export function diffRows(diff: string, width: number, glyphs: Glyphs): Row[] {
  const lines = linesOf(diff);
  const firstHunk = lines.findIndex(line => line.startsWith('@@'));
  return lines.slice(Math.max(0, firstHunk)).flatMap(line => {
    // What changes is shown to its end: something may stand there.
    if (line.startsWith('+')) return wrapText(line, width, 'added');
    if (line.startsWith('-')) return wrapText(line, width, 'removed');
    return [[span(cutText(line, width, glyphs.ellipsis), line.startsWith('@@') ? 'accent' : 'dim')]];
  });
}

function requestLine({ request }: Change): string {
  const query = new URLSearchParams(request.query).toString();
  return `${request.method} ${request.path}${query ? `?${query}` : ''}`;
}

/** The body in short beside a diff; whole where it is all there is to judge by. */
function bodyRows({ request, diff }: Change, width: number, glyphs: Glyphs): Row[] {
  if (request.body === undefined) return [];
  if (!diff) return wrapText(JSON.stringify(request.body), width, 'dim');
  const text = oneLine(JSON.stringify(request.body) ?? '', width * 3);
  return wrapText(cutText(text, width * 3 - 1, glyphs.ellipsis), width, 'dim');
}

function optionRow(
  option: Option,
  index: number,
  isFocused: boolean,
  request: ApprovalRequest,
  width: number,
  glyphs: Glyphs,
): Row {
  const label = `${index + 1}. ${optionLabel(option, request)}`;
  const row: Row = isFocused
    ? [span(`${glyphs.pointer} `, 'accent'), span(` ${label} `, 'selected')]
    : [span(`   ${label}`)];
  return cutRow(row, width, glyphs.ellipsis);
}

export function optionLabel(option: Option, request: ApprovalRequest): string {
  switch (option) {
    case 'deny':
      return 'Deny';
    case 'allow':
      return request.changes.length === 1 ? 'Allow once' : `Allow these ${request.changes.length} once`;
    case 'allow-session':
      return `Allow ${grantText(request)} for this session`;
    case 'deny-reason':
      return 'Deny with a reason';
    default:
      return option satisfies never;
  }
}

function grantText(request: ApprovalRequest): string {
  const grants = new Set(
    request.changes.map(
      ({ verb, kind, namespace }) => `${verb} on ${kind}${namespace ? ` in ${namespace}` : ''}`,
    ),
  );
  const [first, ...others] = grants;
  return others.length === 0
    ? (first ?? '')
    : `${first} and ${others.length === 1 ? others[0] : `${others.length} other kinds of change`}`;
}

function moreRow(more: string, below: number, width: number, glyphs: Glyphs): Row {
  if (!more) return [];
  const text = `${more}${below > 0 ? ` ${glyphs.down}` : ''}`;
  return [span(' '.repeat(Math.max(0, width - widthOf(text)))), span(text, 'dim')];
}

function keysFor(isRoomy: boolean, canScroll: boolean): string {
  return `${isRoomy ? '' : 'tab other choices, '}enter choose${canScroll ? ', j/k scroll' : ''}, esc deny`;
}

function boxed(rows: readonly Row[], title: string, footer: string, width: number, glyphs: Glyphs): Row[] {
  const [topLeft, topRight, bottomLeft, bottomRight] = glyphs.corners;
  const edge = (left: string, text: string, right: string, isTitle: boolean): Row => {
    const label = cutText(text, width - 6, glyphs.ellipsis);
    const fill = glyphs.rule.repeat(Math.max(0, width - 5 - widthOf(label)));
    return [
      span(`${left}${glyphs.rule} `, 'warn'),
      span(label, isTitle ? 'warnTitle' : 'dim'),
      span(` ${fill}${right}`, 'warn'),
    ];
  };
  return [
    edge(topLeft, title, topRight, true),
    ...rows.map(
      (row): Row => [
        span(`${glyphs.side} `, 'warn'),
        ...row,
        span(padEnd('', width - 4 - rowWidth(row))),
        span(` ${glyphs.side}`, 'warn'),
      ],
    ),
    edge(bottomLeft, footer, bottomRight, false),
  ];
}

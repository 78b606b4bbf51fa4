import { formatBytes } from '../../shared/text.ts';
import { graphemes } from '../layout/row.ts';

/**
 * What is being typed. A large paste stands in `text` as one character of the private use area, so that it
 * moves, deletes and displays as one thing; `chips` has what it stands for. `cursor` is an index into `text`.
 */
export interface Editor {
  text: string;
  cursor: number;
  chips: Readonly<Record<string, string>>;
  /** What the last delete-to-end, delete-to-start or delete-word removed. */
  killed: string;
}

export const EMPTY_EDITOR: Editor = { text: '', cursor: 0, chips: {}, killed: '' };

const FIRST_CHIP = 0xe000;
const LARGE_CHARACTERS = 1_000;
const LARGE_LINES = 6;
const CHIP = /[\ue000-\uf8ff]/gu;
/** Control and bidirectional characters do not belong into a question; newlines and tabs do. */
const UNTYPABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ue000-\uf8ff]/gu;

export function editorOf(text: string): Editor {
  return { ...EMPTY_EDITOR, text, cursor: text.length };
}

export function insert(editor: Editor, text: string): Editor {
  return splice(editor, editor.cursor, editor.cursor, clean(text));
}

export function paste(editor: Editor, text: string): Editor {
  const body = clean(text);
  const isLarge = body.length > LARGE_CHARACTERS || body.split('\n', LARGE_LINES + 1).length > LARGE_LINES;
  if (!isLarge) return splice(editor, editor.cursor, editor.cursor, body);
  const chip = String.fromCharCode(FIRST_CHIP + Object.keys(editor.chips).length);
  const next = splice(editor, editor.cursor, editor.cursor, chip);
  return { ...next, chips: { ...editor.chips, [chip]: body } };
}

/** The whole text, pastes included. */
export function fullText(editor: Editor): string {
  return editor.text.replace(CHIP, chip => editor.chips[chip] ?? '');
}

/** The text as it is shown: `[pasted 1.0 MB, 20000 lines]` for a large paste. */
export function chipLabel(editor: Editor, character: string): string | undefined {
  const body = editor.chips[character];
  if (body === undefined) return undefined;
  let lines = 1;
  for (let at = body.indexOf('\n'); at >= 0; at = body.indexOf('\n', at + 1)) lines += 1;
  return `[pasted ${formatBytes(Buffer.byteLength(body))}${lines > 1 ? `, ${lines} lines` : ''}]`;
}

/** Deletes `from` to `to`; what was deleted can be put back with `yank`. */
export function kill(editor: Editor, from: number, to: number): Editor {
  if (from === to) return editor;
  return { ...splice(editor, from, to, ''), killed: editor.text.slice(from, to) };
}

export function yank(editor: Editor): Editor {
  return splice(editor, editor.cursor, editor.cursor, editor.killed);
}

export function erase(editor: Editor, from: number, to: number): Editor {
  return from === to ? editor : splice(editor, from, to, '');
}

export function moveTo(editor: Editor, cursor: number): Editor {
  return { ...editor, cursor: Math.max(0, Math.min(editor.text.length, cursor)) };
}

export function previousGrapheme({ text, cursor }: Editor): number {
  // A grapheme is never longer than this, so the whole text need not be segmented.
  const start = Math.max(0, cursor - 64);
  return cursor - (graphemes(text.slice(start, cursor)).at(-1)?.length ?? 0);
}

export function nextGrapheme({ text, cursor }: Editor): number {
  return cursor + (graphemes(text.slice(cursor, cursor + 64))[0]?.length ?? 0);
}

export function previousWord({ text, cursor }: Editor): number {
  const before = text.slice(0, cursor);
  return before.length - (/[\p{L}\p{N}\p{M}_]*[^\p{L}\p{N}\p{M}_]*$/u.exec(before)?.[0].length ?? 0);
}

export function nextWord({ text, cursor }: Editor): number {
  return cursor + (/^[^\p{L}\p{N}\p{M}_]*[\p{L}\p{N}\p{M}_]*/u.exec(text.slice(cursor))?.[0].length ?? 0);
}

export function lineStart({ text, cursor }: Editor): number {
  return cursor === 0 ? 0 : text.lastIndexOf('\n', cursor - 1) + 1;
}

export function lineEnd({ text, cursor }: Editor): number {
  const end = text.indexOf('\n', cursor);
  return end < 0 ? text.length : end;
}

function splice(editor: Editor, from: number, to: number, text: string): Editor {
  return {
    ...editor,
    text: editor.text.slice(0, from) + text + editor.text.slice(to),
    cursor: from + text.length,
  };
}

function clean(text: string): string {
  return text.replace(/\r\n?/gu, '\n').replace(UNTYPABLE, '');
}

import type { Key } from 'ink';

/**
 * One key: `id` is `text` for typed characters, else a name such as `enter`, `ctrl+a`, `meta+b`, `ctrl+left`,
 * `shift+tab`. `text` is what a `text` key types.
 */
export interface KeyPress {
  id: string;
  text: string;
}

const NAMED = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
] as const;

/** A chunk of more lines than this that came as keys is a paste in a terminal without bracketed paste. */
const TYPED_LINES = 2;

/**
 * The keys in one chunk of input. A terminal hands over whatever has arrived, so `text` and the Enter after it
 * may be one chunk. `undefined` stands for a paste.
 */
export function decodeKeys(input: string, key: Key): KeyPress[] | undefined {
  if (key.eventType === 'release') return [];
  const named = NAMED.find(([field]) => key[field]);
  if (named) return [{ id: modified(named[1], key), text: '' }];
  if (key.ctrl || key.meta || key.super)
    return input ? [{ id: modified(input.toLowerCase(), key), text: '' }] : [];
  const lines = input.split(/\r\n?|\n/u);
  if (lines.length > TYPED_LINES || (lines.length === 2 && lines[1] !== '')) return undefined;
  return [...input.matchAll(/[^\x00-\x1f\x7f]+|[\x00-\x1f\x7f]/gu)].map(([part]) => controlKey(part));
}

function modified(name: string, key: Key): string {
  const shift = key.shift && (name === 'tab' || name === 'enter') ? 'shift+' : '';
  return `${key.ctrl ? 'ctrl+' : ''}${key.meta && name !== 'escape' ? 'meta+' : ''}${shift}${name}`;
}

function controlKey(part: string): KeyPress {
  if (part === '\r') return { id: 'enter', text: '' };
  if (part === '\n') return { id: 'newline', text: '' };
  if (part === '\t') return { id: 'tab', text: '' };
  if (part === '\x7f' || part === '\b') return { id: 'backspace', text: '' };
  const code = part.charCodeAt(0);
  if (code >= 1 && code <= 26) return { id: `ctrl+${String.fromCharCode(code + 96)}`, text: '' };
  return code < 32 ? { id: 'unknown', text: '' } : { id: 'text', text: part };
}

/** What `?` shows. */
export const KEY_HELP: ReadonlyArray<readonly [string, string]> = [
  ['enter', 'ask, also while kv works: the question waits its turn'],
  ['alt+enter, ctrl+j', 'new line'],
  ['esc', 'stop what is running'],
  ['ctrl+c', 'stop or clear; twice leaves'],
  ['ctrl+o', 'show long scripts and results in full'],
  ['up, down', 'earlier questions'],
  ['ctrl+r', 'search earlier questions'],
  ['tab', 'complete a / command'],
  ['ctrl+a, ctrl+e', 'start, end of line'],
  ['ctrl+u, ctrl+k, ctrl+w', 'delete to start, to end, a word'],
  ['ctrl+y', 'put back what was deleted'],
  ['ctrl+z', 'suspend; fg in the shell comes back'],
  ['ctrl+l', 'draw the screen again'],
];

import type { KeyPress } from '../keys.ts';
import { EMPTY_EDITOR, paste } from '../prompt/editor.ts';
import type { HistoryWalk } from '../prompt/history.ts';
import type { ShellState } from './shell-state.ts';

/** A key during Ctrl+R search: typing narrows, Ctrl+R goes further back, Enter takes the match, Esc gives up. */
export function searchKey(state: ShellState, key: KeyPress, history: HistoryWalk): Partial<ShellState> {
  const { query, index, match } = state.search!;
  const look = (wanted: string, at: number): Partial<ShellState> => {
    const found = wanted === '' ? [] : history.search(wanted);
    const position = Math.min(at, Math.max(0, found.length - 1));
    return { search: { query: wanted, index: position, match: found[position] } };
  };
  switch (key.id) {
    case 'text':
      return look(query + key.text, 0);
    case 'backspace':
      return look(query.slice(0, -1), 0);
    case 'ctrl+r':
      return look(query, index + 1);
    case 'escape':
      return { search: undefined };
    default:
      return match === undefined
        ? { search: undefined }
        : { search: undefined, editor: paste(EMPTY_EDITOR, match) };
  }
}

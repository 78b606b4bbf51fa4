import { type Editor, EMPTY_EDITOR } from '../prompt/editor.ts';
import type { CardState } from './approval-card.ts';

/** What a person is doing, as opposed to what the session does (`View`). */
export interface ShellState {
  editor: Editor;
  /** The approval being answered. */
  card: CardState | undefined;
  /** Rows of the help that are scrolled away; undefined while it is closed. */
  help: number | undefined;
  search: SearchState | undefined;
  /** Long parts of what is running are shown in full. */
  expanded: boolean;
  /** Questions that wait until the one under way is done. */
  queue: readonly string[];
  hint: string | undefined;
  isAsking: boolean;
}

/** Search through the history with Ctrl+R: the `index`-th newest match of `query`. */
export interface SearchState {
  query: string;
  index: number;
  match: string | undefined;
}

export const INITIAL_SHELL: ShellState = {
  editor: EMPTY_EDITOR,
  card: undefined,
  help: undefined,
  search: undefined,
  expanded: false,
  queue: [],
  hint: undefined,
  isAsking: false,
};

import type { Glyphs } from '../theme.ts';

/** What every layout function needs to know of the screen. */
export interface LayoutContext {
  /** Columns that may be used. */
  width: number;
  glyphs: Glyphs;
  /** Still changing, so it is shown by its newest lines; else it goes to the scrollback. */
  live: boolean;
  /** Long parts in full. */
  expanded: boolean;
  /** There is a key that shows long parts in full. */
  canExpand: boolean;
}

/** Everything below a question is set in by this much. */
export const INDENT = 2;

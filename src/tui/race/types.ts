import type { AgentEvent } from '../../agent/events.ts';

/** One thing that the race screen hears. A `race` opens a scenario; everything up to the next one belongs to it. */
export type RaceUpdate =
  | {
      type: 'race';
      /** Short name of the scenario, as the finished line and the table have it. */
      title: string;
      question: string;
      /** 1-based place of this scenario among `total`. */
      index: number;
      total: number;
      /** In the order of the screen. A column `tools` is what the others are compared with. */
      columns: RaceColumn[];
    }
  /** An event of the session that works in a column. */
  | { type: 'event'; column: string; event: AgentEvent }
  /** A column has come to its end. `ok`: it found the known answer. `note` says in a few words what it found, or why not. */
  | { type: 'column-done'; column: string; ok: boolean; note: string }
  /** All scenarios are done. Cells are plain text; numbers are aligned to the right. */
  | { type: 'results'; table: RaceTable; notes: string[] };

export interface RaceColumn {
  id: string;
  /** `code`, `tools`, `auto`; or a model's name. */
  label: string;
}

export interface RaceTable {
  head: string[];
  rows: string[][];
}

/** Streams and settings of the race screen. Nothing is read from `process`: the cli passes it in. */
export interface RaceOptions {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
  noColor?: boolean;
  /** No spinner and no redraw by time. */
  noAnimation?: boolean;
  /** Lines instead of columns, each said once. Also without a terminal. */
  screenReader?: boolean;
  /** Aborting it ends the screen, whatever is still running. */
  signal?: AbortSignal;
  /** A person pressed Esc or Ctrl+C; the caller stops the sessions. The screen has ended by then. */
  onStop?: () => void;
}

import type { SessionController } from '../agent/controller.ts';
import type { AgentEvent, FinishStatus } from '../agent/events.ts';
import type { PriceTable } from '../usage/index.ts';

/** A session, or how to open one: then the first frame is on screen before the opening begins. */
export type SessionSource = SessionController | (() => Promise<SessionController>);

/** Streams, settings and hooks of one terminal session. Nothing here is read from `process`: the cli passes it in. */
export interface TuiOptions {
  /** Asked at once; without it the prompt waits. */
  initialQuestion?: string;
  /** Leave after the first question was finished (`kv investigate`). */
  exitWhenDone?: boolean;
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
  /** No spinner and no redraw by time: the screen changes only when something happened. */
  noAnimation?: boolean;
  /** Plain linear text: no boxes, no spinner, everything announced once. */
  screenReader?: boolean;
  noColor?: boolean;
  history?: PromptHistory;
  /** The sentence that says how to go on with this session, shown on the way out. */
  resumeHint?: (sessionId: string) => string;
  /** `/resume [id]`: another session to go on with, or a text to show (the sessions there are, or why not). */
  onResume?: (sessionId: string | undefined) => Promise<SessionController | string>;
  /** What happened earlier in a session that is opened to go on; empty for a new one. */
  past?: (sessionId: string) => readonly AgentEvent[];
  /** Instead of the prices that ship with kv. Read when a session is open. */
  prices?: () => PriceTable | undefined;
  /** What the person reads while the session opens: `connecting to staging`. */
  openingText?: string;
  /** A line above everything, such as what a demo is about. */
  title?: string;
}

/** What was asked before, oldest first. `append` is called once for each question or command. */
export interface PromptHistory {
  load(): string[];
  append(line: string): void;
}

export interface TuiResult {
  /** `done`: the question was answered and `exitWhenDone` set; `quit`: a person left; `interrupted`: Ctrl+C twice or a signal. */
  exit: 'done' | 'quit' | 'interrupted';
  /** How the last question ended; absent when none did. */
  lastStatus?: FinishStatus;
  /** The session at the end, still open: another one than at the start after `/resume`, which closes the first. */
  controller: SessionController;
}

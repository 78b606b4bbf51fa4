import type { BudgetScope, FinishStatus, Mode, ToolCall } from '../../agent/events.ts';
import type { Report } from '../../agent/report.ts';
import type { ApprovalRequest, Change, Effect } from '../../policy/types.ts';
import type { ScriptError } from '../../sandbox/port.ts';
import type { Row } from '../layout/row.ts';
import { type Compared, emptySpent, type Spent } from './usage.ts';

/** Everything the screen is made of, derived from the events and from nothing else. Never mutated. */
export interface View {
  session: string | undefined;
  /** In order of appearance. A block that is `done` never changes again. */
  blocks: readonly Block[];
  activity: Activity;
  /** Waiting for a person, oldest first. */
  approvals: readonly ApprovalRequest[];
  turn: number;
  /** What the newest turn works in, or what auto has chosen for the next. */
  mode: Mode | undefined;
  /** Turns before the question under way. */
  turnsBefore: number;
  /** Characters of the answer that streams; its tokens are not known yet. */
  streamed: number;
  /** How close spending is to a budget. */
  budget: { level: 'warning' | 'exceeded'; scope: BudgetScope } | undefined;
  spent: Spent;
  /** Unix milliseconds of the question under way, or of the last one. */
  askedAt: number | undefined;
  finishedAt: number | undefined;
  lastStatus: FinishStatus | undefined;
  /** Questions that were finished in this session. */
  finished: number;
  nextKey: number;
}

/** What is happening now. `waiting for a person` is not here: it follows from `approvals`. */
export type Activity =
  | { kind: 'idle' }
  | { kind: 'asking' }
  | { kind: 'writing'; what: 'text' | 'script' }
  | { kind: 'retrying'; attempt: number; delayMs: number; reason: string }
  | { kind: 'checking' }
  | { kind: 'running'; what: 'script' | 'calls' };

export type Block = BlockBase & BlockBody;

interface BlockBase {
  key: number;
  done: boolean;
}

export type BlockBody =
  | { kind: 'session'; version: string; resumed: boolean; session: string; summary: string }
  | { kind: 'question'; text: string }
  | { kind: 'text'; turn: number; text: string }
  /** `discarded`: the stream broke off, so it was never run. */
  | { kind: 'script'; turn: number; code: string; discarded: boolean; repairs: readonly string[] }
  | { kind: 'check-failed'; turn: number; message: string }
  | RunBlock
  | { kind: 'notice'; level: 'info' | 'warning'; text: string }
  | { kind: 'report'; report: Report }
  | { kind: 'answer'; text: string }
  | {
      kind: 'finished';
      status: FinishStatus;
      message?: string;
      hint?: string;
      turns: number;
      calls: number;
      durationMs: number;
    }
  /** What a question took, and what single tool calls would have taken for the same. */
  | ({ kind: 'compared' } & Compared)
  /** What the session has spent so far, in full. */
  | { kind: 'tokens'; spent: Spent }
  /** Rows that a command printed. */
  | { kind: 'output'; rows: readonly Row[] }
  /** An earlier block again, in full. */
  | { kind: 'expansion'; of: Block };

/**
 * One script while it runs and when it has run: its calls, its console, what it returned. Or the tool calls of one
 * turn, with what the model read of each.
 */
export interface RunBlock {
  kind: 'run';
  turn: number;
  /** Tools mode: what the model wants done, and once all is done what it was answered. */
  toolCalls: readonly ToolCall[];
  answers: readonly ShownAnswer[];
  groups: readonly CallGroup[];
  open: Readonly<Record<number, OpenCall>>;
  console: ConsoleTail;
  changes: readonly ChangeLine[];
  result: string | undefined;
  error: ScriptError | undefined;
  ok: boolean;
  durationMs: number | undefined;
}

/** A tool call's answer beside what was asked. */
export interface ShownAnswer {
  name: string;
  input: unknown;
  text: string;
  isError: boolean;
}

/** Calls of one name from one line of the script; a loop over 34 pods is one group of 34. */
export interface CallGroup {
  name: string;
  line: number;
  effect: Effect;
  total: number;
  ok: number;
  failed: number;
  /** Of those that went well: answered from memory. */
  cached: number;
  bytes: number;
  startedAt: number;
  endedAt: number;
  progress: string | undefined;
  /** The first calls, as many as an expanded group shows. */
  samples: readonly CallSample[];
  /** The first failures that are not among the samples shown. */
  failures: readonly CallSample[];
}

export interface CallSample {
  call: number;
  args: unknown;
  state: 'running' | 'ok' | 'failed';
  bytes: number;
  durationMs: number;
  summary: string;
  error: string | undefined;
  cached: boolean;
}

/** A call under way: where its group is, and its arguments in case it fails. */
export interface OpenCall {
  group: number;
  args: unknown;
}

export interface ConsoleTail {
  count: number;
  head: readonly ConsoleEntry[];
  tail: readonly ConsoleEntry[];
}

export interface ConsoleEntry {
  level: 'log' | 'warn' | 'error';
  text: string;
}

/** What became of a change: applied, or denied. */
export interface ChangeLine {
  outcome: 'allowed' | 'denied' | 'applied';
  text: string;
}

export function emptyView(): View {
  return {
    session: undefined,
    blocks: [],
    activity: { kind: 'idle' },
    approvals: [],
    turn: 0,
    mode: undefined,
    turnsBefore: 0,
    streamed: 0,
    budget: undefined,
    spent: emptySpent(),
    askedAt: undefined,
    finishedAt: undefined,
    lastStatus: undefined,
    finished: 0,
    nextKey: 1,
  };
}

/** `patch Deployment shop/checkout`, as kubectl would call it. */
export function changeName(change: Pick<Change, 'verb' | 'kind' | 'namespace' | 'name'>): string {
  return `${change.verb} ${change.kind} ${change.namespace ? `${change.namespace}/` : ''}${change.name}`;
}

import type { TokenUsage } from '../llm/port.ts';
import type { ApprovalDecision, ApprovalRequest, Change, Effect } from '../policy/types.ts';
import type { ScriptError } from '../sandbox/port.ts';
import type { Report } from './report.ts';

/** How a question is worked on: by scripts, or by single tool calls. */
export type Mode = 'code' | 'tools';
/** What a person may ask for: `auto` chooses a mode for each question. */
export type ModeChoice = Mode | 'auto';

/** Version of the event union as it leaves the process (`stream-json`, session files). */
export const EVENT_VERSION = 1;

/** What every event carries. `seq` counts up from 1 within a session without gaps; `at` is Unix milliseconds. */
export interface EventBase {
  v: typeof EVENT_VERSION;
  seq: number;
  at: number;
}

export type AgentEvent = EventBase & AgentEventBody;

/**
 * Everything that happens in a session, in order. UI, JSON output, session store, telemetry and the token meter
 * are derived from this stream and from nothing else. All text in it is cleaned of control characters and
 * redacted. Ids: `turn` counts model requests within a session, `call` counts capability calls within a session.
 */
export type AgentEventBody =
  /** First event of a session, and again when it is resumed. */
  | { type: 'session-started'; session: string; version: string; resumed: boolean; context: SessionContext }
  /** Model, cluster, namespace or read-only was changed by a person; holds from here on. */
  | { type: 'context-changed'; context: SessionContext }
  /** What a person asked: the first question or a follow-up. */
  | { type: 'question'; text: string }
  /** Auto mode has chosen how to work on the question, or has changed its mind in the middle of it. */
  | { type: 'mode-chosen'; mode: Mode; reason: string }
  /** What tools mode would send with every request of this question; the counterfactual starts from it. */
  | { type: 'tools-baseline'; system: number; declarations: number; question: number }
  /** A request went to the model. */
  | { type: 'turn-started'; turn: number; mode: Mode }
  /** The model's words outside of scripts, as they stream. */
  | { type: 'text-delta'; turn: number; delta: string }
  /** The script as it streams; the concatenation is the code as the model wrote it. */
  | { type: 'script-delta'; turn: number; delta: string }
  | { type: 'model-retry'; turn: number; attempt: number; delayMs: number; reason: string }
  /** The model's answer is complete. `script` is the code that will be checked and run, if it wrote one. */
  | {
      type: 'turn-finished';
      turn: number;
      text: string;
      /** The closing report as the model wrote it; a checked `report` event follows. */
      report?: string;
      script?: string;
      /** Tools mode: what the model wants done; the calls follow, then one `tools-answered`. */
      toolCalls?: ToolCall[];
      usage: TokenUsage;
      /** What the request consisted of; absent in sessions of older versions. */
      parts?: RequestParts;
      durationMs: number;
    }
  /** Slips in the model's script were mended before it was checked; `script` is what will run. */
  | { type: 'script-repaired'; turn: number; repairs: string[]; script: string }
  /** Type-check of the script; when not ok nothing runs and `message` goes back to the model. */
  | { type: 'script-checked'; turn: number; ok: boolean; message: string; durationMs: number }
  | { type: 'script-started'; turn: number }
  | { type: 'console'; turn: number; level: 'log' | 'warn' | 'error'; text: string }
  | {
      type: 'call-started';
      turn: number;
      call: number;
      name: string;
      args: unknown;
      effect: Effect;
      /** Line of the script; 0 for a tool call. */
      line: number;
      /** 1-based: one more than the rounds of calls it had to wait for. Calls of one step could go out together. */
      step?: number;
    }
  /** What a long call is doing: `page 4, 2,000 pods`. */
  | { type: 'call-progress'; call: number; message: string }
  | {
      type: 'call-finished';
      call: number;
      ok: boolean;
      bytes: number;
      durationMs: number;
      summary: string;
      error?: string;
      /** Answered from the journal: nothing can have changed since the same call was made. */
      cached?: boolean;
      /** What this call costs, or would cost, as a tool call; absent for calls that tools mode does not need. */
      asTool?: ToolCost;
    }
  | { type: 'approval-requested'; turn: number; approval: ApprovalRequest }
  | {
      type: 'approval-decided';
      turn: number;
      id: string;
      decision: ApprovalDecision;
      by: 'person' | 'grant' | 'policy';
    }
  /** A change was sent and accepted by the cluster; `change.before` is the object as it was. */
  | { type: 'change-applied'; turn: number; change: Change }
  /** The script ended. `result` is the capped, redacted JSON text that the model gets. */
  | {
      type: 'script-finished';
      turn: number;
      ok: boolean;
      result?: string;
      error?: ScriptError;
      calls: number;
      cpuMs: number;
      durationMs: number;
    }
  /** Tools mode: all calls of the turn are done; these texts, redacted and capped, go back to the model. */
  | { type: 'tools-answered'; turn: number; results: ToolAnswer[] }
  /**
   * Spending has passed 80 % (`warning`) or all (`exceeded`) of the budget `scope`; or, without a scope, why budgets
   * cannot be held.
   */
  | { type: 'budget'; level: 'warning' | 'exceeded'; text: string; scope?: BudgetScope }
  /** The progress guard told the model something. */
  | { type: 'nudge'; turn: number; reason: string; text: string }
  | { type: 'notice'; level: 'info' | 'warning'; text: string }
  /** The investigation's end product. */
  | { type: 'report'; report: Report }
  /** An answer without a report: a trivial look-up, a follow-up, what is known when a limit ended the work. */
  | { type: 'answer'; text: string }
  /** One question is done; the session may go on with another. */
  | {
      type: 'finished';
      status: FinishStatus;
      message?: string;
      hint?: string;
      turns: number;
      calls: number;
      durationMs: number;
    };

export type BudgetScope = 'perInvestigation' | 'perDay' | 'perMonth';

export type FinishStatus =
  | 'answered'
  | 'failed'
  | 'limit'
  | 'cancelled'
  | 'cluster-unreachable'
  | 'model-unavailable';

/** One tool call as the model wrote it. */
export interface ToolCall {
  id: string;
  name: string;
  input: unknown;
}

export interface ToolAnswer {
  /** That of the call. */
  id: string;
  text: string;
  isError: boolean;
}

/**
 * One request taken apart, in estimated tokens: the system prompt without declarations, the declarations (or tool
 * schemas), scripts and tool calls that the model wrote, results that it got for them, and all other words.
 */
export interface RequestParts {
  system: number;
  declarations: number;
  scripts: number;
  results: number;
  history: number;
}

/** One call in tools mode, in estimated tokens: what the model writes, and what it reads back on `pages` pages. */
export interface ToolCost {
  call: number;
  result: number;
  /** Pages of the result that are read: the first ones of a long one. */
  pages: number;
  /** Of `result`, each page but the last; absent where there is one page. */
  page?: number;
}

export interface SessionContext {
  mode: ModeChoice;
  model: { provider: string; id: string };
  /** Absent when the session works without a cluster. */
  cluster?: { source: 'live' | 'snapshot'; context: string; server: string; namespace: string };
  readOnly: boolean;
}

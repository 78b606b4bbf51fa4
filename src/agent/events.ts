import type { TokenUsage } from '../llm/port.ts';
import type { ApprovalDecision, ApprovalRequest, Change, Effect } from '../policy/types.ts';
import type { ScriptError } from '../sandbox/port.ts';
import type { Report } from './report.ts';

export type Mode = 'code' | 'tools';

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
      usage: TokenUsage;
      durationMs: number;
    }
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
      line: number;
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

export type FinishStatus =
  | 'answered'
  | 'failed'
  | 'limit'
  | 'cancelled'
  | 'cluster-unreachable'
  | 'model-unavailable';

export interface SessionContext {
  mode: Mode;
  model: { provider: string; id: string };
  /** Absent when the session works without a cluster. */
  cluster?: { source: 'live' | 'snapshot'; context: string; server: string; namespace: string };
  readOnly: boolean;
}

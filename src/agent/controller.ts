import type { ApprovalDecision, Grant } from '../policy/types.ts';
import type { AgentEvent, ModeChoice, SessionContext } from './events.ts';

/**
 * What a front end (terminal UI, headless, bench) holds of a session: one ordered event stream to look at, and
 * the few things a person can do. Created by `agent/`, implemented once, free of any UI.
 */
export interface SessionController {
  readonly id: string;
  /** The whole session from its first event, for one consumer. Ends after `close()`. */
  readonly events: AsyncIterable<AgentEvent>;
  /** Current state of what the `/` commands change. */
  readonly context: SessionContext;
  /** Starts working on a question; resolves when its `finished` event was emitted. Rejects if one is under way. */
  ask(question: string): Promise<void>;
  readonly busy: boolean;
  /** Stops the model, the script and the calls in flight; the running `ask` ends with status `cancelled`. */
  cancel(): void;
  /** Answers an `approval-requested` event. Unknown or already decided ids are ignored. */
  decide(approvalId: string, decision: ApprovalDecision): void;
  grants(): Grant[];
  revoke(grant: Grant): void;
  /** `anthropic:<id>`, `ollama:<id>` or `offline`; rejects with a KvError that says what is wrong. */
  setModel(spec: string): Promise<void>;
  setContext(name: string): Promise<void>;
  setNamespace(name: string): Promise<void>;
  setReadOnly(on: boolean): void;
  /** Holds from the next question on. */
  setMode(mode: ModeChoice): void;
  /** kubeconfig contexts that `/context` may offer. */
  contexts(): Promise<string[]>;
  /** Ends the event stream and frees workers and connections. */
  close(): Promise<void>;
}

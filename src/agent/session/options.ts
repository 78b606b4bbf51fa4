import type { AnyCapability } from '../../capabilities/define.ts';
import type { Transport } from '../../cluster/transport.ts';
import type { LanguageModel } from '../../llm/port.ts';
import type { Sandbox, SandboxLimits } from '../../sandbox/port.ts';
import type { Traces } from '../../trace/traces.ts';
import type { AgentEvent, ModeChoice } from '../events.ts';
import type { Journal, JournalEntry } from '../journal.ts';
import type { QuestionLimits } from '../limits.ts';
import type { CodeForm } from '../modes/code/forms.ts';
import type { InvestigationMode } from '../modes/mode.ts';
import type { Spending } from '../spending.ts';

/** Everything a session needs from outside; nothing is read from the environment. */
export interface SessionOptions {
  id: string;
  /** kv's version, for the record. */
  version: string;
  mode: ModeChoice;
  model: LanguageModel;
  /** Absent: a session without a cluster. */
  transport?: Transport;
  /** Absent: no trace is open. The session closes them. */
  traces?: Traces;
  capabilities: readonly AnyCapability[];
  limits: QuestionLimits;
  /** Absent: nothing is counted against a budget. */
  spending?: Spending;
  sandboxLimits: SandboxLimits;
  readOnly: boolean;
  /** How models hand over scripts; absent: as their family does it best. */
  codeForm?: CodeForm;
  /** False where nobody can be asked: changes are denied at once. */
  interactive: boolean;
  /** Sentences to tell the person once, at the start. */
  notes?: readonly string[];
  record: SessionRecorder;
  past?: PastRecord;
  /** For `/model`, `/context`: rejects with a KvError that says what is wrong. */
  createModel(spec: string): Promise<LanguageModel>;
  openContext(name: string): Promise<Transport>;
  contexts(): Promise<string[]>;
  createSandbox(options: SandboxNeeds): Sandbox;
  /** Another way of working in place of kv's own modes: the bench measures other servers' tools with it. */
  createMode?(host: ModeHost): InvestigationMode;
  now(): number;
  newId(): string;
}

/** What a mode that serves its own calls needs of the session. */
export interface ModeHost {
  redactText(text: string): string;
  redactResult(value: unknown): unknown;
  journal: Pick<Journal, 'add'>;
  /** The next call's number within the session. */
  nextCall(): number;
  now(): number;
}

export interface SandboxNeeds {
  declarations: string;
  catalogNames: string[];
  suggest(name: string): string | undefined;
}

/** Where a session is written down as it happens. */
export interface SessionRecorder {
  event(event: AgentEvent): void;
  call(entry: JournalEntry): void;
  /** `undefined` deletes the key. */
  state(key: string, value: unknown): void;
}

/** What an earlier run of this session left. */
export interface PastRecord {
  events: readonly AgentEvent[];
  calls: readonly JournalEntry[];
  state: ReadonlyArray<readonly [string, unknown]>;
}

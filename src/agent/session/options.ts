import type { AnyCapability } from '../../capabilities/define.ts';
import type { Transport } from '../../cluster/transport.ts';
import type { LanguageModel } from '../../llm/port.ts';
import type { Sandbox, SandboxLimits } from '../../sandbox/port.ts';
import type { AgentEvent, ModeChoice } from '../events.ts';
import type { JournalEntry } from '../journal.ts';
import type { QuestionLimits } from '../limits.ts';
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
  capabilities: readonly AnyCapability[];
  limits: QuestionLimits;
  /** Absent: nothing is counted against a budget. */
  spending?: Spending;
  sandboxLimits: SandboxLimits;
  readOnly: boolean;
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
  now(): number;
  newId(): string;
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

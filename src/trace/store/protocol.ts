import type { FailureKind } from '../../shared/errors.ts';
import type { LiveState } from './live-state.ts';
import type { FileOwner, GpuRow, ProcessPlace, Sample, WriterSummary } from './types.ts';

/** What the thread that writes is told at its start. */
export interface WriterStart {
  path: string;
  maxBytes: number;
  host: HostFacts;
  symbols: boolean;
  stacks: boolean;
  owner?: FileOwner;
}

export interface HostFacts {
  name?: string;
  cpuModel?: string;
  cpuCores?: number;
}

/** An error that crossed a thread: structured cloning keeps neither class nor fields. */
export interface PlainFailure {
  kind: FailureKind;
  message: string;
  hint: string | undefined;
  facts: Readonly<Record<string, unknown>>;
}

export type ToWriter =
  | { type: 'chunk'; bytes: Uint8Array<ArrayBuffer> }
  | { type: 'live' }
  | { type: 'place'; pid: number; place: ProcessPlace }
  | { type: 'gpus'; gpus: readonly GpuRow[] }
  | { type: 'samples'; samples: readonly Sample[] }
  | { type: 'note'; text: string }
  | { type: 'redacted'; id: number; text: string }
  | { type: 'finish'; reason: string | undefined };

export type FromWriter =
  | { type: 'ready' }
  | { type: 'refused'; failure: PlainFailure }
  /** This many bytes of the stream have been dealt with. */
  | { type: 'taken'; bytes: number }
  /** The stream is damaged from here on; what came before is kept. */
  | { type: 'damaged'; failure: PlainFailure }
  | { type: 'live'; state: LiveState }
  | { type: 'redact'; id: number; text: string }
  | { type: 'finished'; summary: WriterSummary };

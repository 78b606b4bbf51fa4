import type { DropTotal } from '../recorder/recording.ts';
import type { FrameResolver } from './frames.ts';
import type { HostFacts } from './protocol.ts';

export interface TraceWriterOptions {
  /** The file stays within this and a little: the oldest calls, switches and events are given up for new ones. */
  maxBytes: number;
  host?: HostFacts;
  /** Names of addresses; without one, frames are known by file and offset. */
  resolver?: FrameResolver;
  /** Takes secrets out of a command line before it is stored. Without one, command lines are not stored. */
  redact?: (text: string) => string | Promise<string>;
  /** Whether stacks are recorded. */
  stacks?: boolean;
  /** Milliseconds of any steady clock. */
  now?: () => number;
  /** Who gets the file; absent: whoever runs this process. */
  owner?: FileOwner;
}

export interface FileOwner {
  uid: number;
  gid: number;
}

/** Where a process runs, as far as that is known. */
export interface ProcessPlace {
  namespace?: string;
  pod?: string;
  container?: string;
}

export interface GpuRow {
  /** As nvidia-smi and CUDA number them. */
  id: number;
  uuid?: string;
  name: string;
  driver?: string;
  /** Bytes. */
  memory?: number;
}

/** A reading; `atNs` is since the trace began. */
export interface Sample {
  atNs: number;
  name: string;
  value: number;
  gpu?: number;
}

export interface WriterSummary {
  /** When the recording ended, since it began. */
  endNs: number;
  bytes: number;
  calls: number;
  switches: number;
  /** Calls seen by the probes, written or not. */
  seen: number;
  dropped: DropTotal[];
  notes: string[];
}

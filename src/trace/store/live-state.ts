import type { DropTotal, LiveFunction, LiveProcess } from '../recorder/recording.ts';

/** What the records say while they are written: the parts of LiveTrace that come from them. */
export interface LiveState {
  /** Of the latest record, in nanoseconds since the trace began. */
  atNs: number;
  functions: LiveFunction[];
  processes: LiveProcess[];
  callsPerSecond: number;
  rowsPerSecond: number;
  dropped: DropTotal[];
  fileBytes: number;
  /** Calls and stretches off CPU written so far. */
  calls: number;
  switches: number;
  /** Calls seen by the probes so far, written or not. */
  seen: number;
  /** In sentences: what went wrong while writing. */
  notes: string[];
}

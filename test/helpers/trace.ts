import type { CallRecord } from '../../src/trace/record/types.ts';
import {
  type Recording,
  type RecordingOptions,
  type RecordingParts,
  startRecording,
} from '../../src/trace/recorder/index.ts';

/** A call about nothing, of process 0. */
export const BLANK_CALL: CallRecord = {
  type: 'call',
  pid: 0,
  tid: 0,
  function: 0,
  startNs: 0,
  durationNs: 0,
  result: 0,
  sizeBytes: 0,
  copyKind: 'none',
  address: 0,
  stream: 0,
  grid: [0, 0, 0],
  block: [0, 0, 0],
  cgroup: 1,
  depth: 0,
  parentStartNs: 0,
  parentFunction: undefined,
  nestedNs: 0,
  first: false,
  failed: false,
  sampled: false,
  stack: 0,
  device: undefined,
  peer: undefined,
  dataType: undefined,
};

/** Starts a recording as `kv trace --cuda` does with its defaults. */
export function record(
  options: Partial<RecordingOptions> & Pick<RecordingOptions, 'helper' | 'output'>,
  parts: Partial<RecordingParts> = {},
): Promise<Recording> {
  const usual = {
    pids: [],
    cgroups: [],
    command: [],
    all: false,
    stacks: false,
    host: true,
    nccl: true,
    minDurationUs: 100,
    sample: 0,
    durationS: undefined,
    maxBytes: 1e9,
  };
  const path = process.env['PATH'] ?? '';
  return startRecording({ ...usual, ...options }, { redact: text => text, now: Date.now, path, ...parts });
}

import type { AgentEvent } from '../../agent/events.ts';
import type { CallGroup, CallSample, RunBlock } from './view.ts';

type Started = Extract<AgentEvent, { type: 'call-started' }>;
type Finished = Extract<AgentEvent, { type: 'call-finished' }>;

/** Calls that a group keeps one by one; the others only count. */
export const MAX_SAMPLES = 40;
const MAX_FAILURES = 3;

export function startCall(run: RunBlock, event: Started): RunBlock {
  const found = run.groups.findIndex(group => group.name === event.name && group.line === event.line);
  const index = found < 0 ? run.groups.length : found;
  const groups = [...run.groups];
  const before = groups[index] ?? newGroup(event);
  const samples =
    before.samples.length < MAX_SAMPLES
      ? [...before.samples, newSample(event.call, event.args)]
      : before.samples;
  groups[index] = { ...before, total: before.total + 1, samples };
  return { ...run, groups, open: { ...run.open, [event.call]: { group: index, args: event.args } } };
}

export function progressCall(run: RunBlock, call: number, message: string): RunBlock {
  const open = run.open[call];
  if (!open) return run;
  return { ...run, groups: run.groups.with(open.group, { ...run.groups[open.group]!, progress: message }) };
}

export function finishCall(run: RunBlock, event: Finished): RunBlock {
  const open = run.open[event.call];
  if (!open) return run;
  const { [event.call]: _finished, ...rest } = run.open;
  const before = run.groups[open.group]!;
  const done: CallSample = {
    call: event.call,
    args: open.args,
    state: event.ok ? 'ok' : 'failed',
    bytes: event.bytes,
    durationMs: event.durationMs,
    summary: event.summary,
    error: event.error,
    cached: event.cached === true,
  };
  const group: CallGroup = {
    ...before,
    ok: before.ok + (event.ok ? 1 : 0),
    failed: before.failed + (event.ok ? 0 : 1),
    cached: before.cached + (event.cached ? 1 : 0),
    bytes: before.bytes + event.bytes,
    endedAt: event.at,
    progress: undefined,
    samples: before.samples.map(sample => (sample.call === event.call ? done : sample)),
    failures:
      event.ok || before.failures.length >= MAX_FAILURES ? before.failures : [...before.failures, done],
  };
  return { ...run, groups: run.groups.with(open.group, group), open: rest };
}

/** Calls that never finished (the script was stopped) are no longer running. */
export function abandonCalls(run: RunBlock): RunBlock {
  if (Object.keys(run.open).length === 0) return run;
  const groups = run.groups.map(group => ({
    ...group,
    progress: undefined,
    failed: group.total - group.ok,
    samples: group.samples.map(sample =>
      sample.state === 'running' ? { ...sample, state: 'failed' as const, error: 'stopped' } : sample,
    ),
  }));
  return { ...run, groups, open: {} };
}

function newGroup(event: Started): CallGroup {
  return {
    name: event.name,
    line: event.line,
    effect: event.effect,
    total: 0,
    ok: 0,
    failed: 0,
    cached: 0,
    bytes: 0,
    startedAt: event.at,
    endedAt: event.at,
    progress: undefined,
    samples: [],
    failures: [],
  };
}

function newSample(call: number, args: unknown): CallSample {
  return {
    call,
    args,
    state: 'running',
    bytes: 0,
    durationMs: 0,
    summary: '',
    error: undefined,
    cached: false,
  };
}

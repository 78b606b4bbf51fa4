import type { TraceReader } from '../model.ts';
import { type CallSum, callSums, spanOf } from './call-sums.ts';
import type { Finding } from './finding.ts';
import { msOf, percentText, timeText } from './units.ts';
import { type WindowMs, windowOf } from './window.ts';

/** Launches a second at which launching is what a thread does. */
const MANY = 10_000;
/** Where syncs take less than this share, the GPU is done before the host has more for it. */
const LITTLE_WAIT = 0.2;
const SECOND = 1e9;

interface Phase {
  pid: number;
  launches: number;
  launching: number;
  waiting: number;
  length: number;
}

/** Times in which a process launches without end and never waits for the GPU: launching is what limits it. */
export function launchBound(
  reader: TraceReader,
  window: WindowMs,
  nameOf: (pid: number) => string,
): Finding[] {
  const bound = phases(reader, window).filter(
    ({ launches, waiting, length }) => launches >= (MANY * length) / SECOND && waiting < length * LITTLE_WAIT,
  );
  return [...Map.groupBy(bound, phase => phase.pid)].map(([pid, own]) => {
    const sum = (pick: (phase: Phase) => number) => own.reduce((total, phase) => total + pick(phase), 0);
    const [launches, launching, length] = [sum(p => p.launches), sum(p => p.launching), sum(p => p.length)];
    const waiting = sum(p => p.waiting);
    const rate = launches / (length / SECOND);
    return {
      kind: 'launch-bound' as const,
      pid,
      process: nameOf(pid),
      wonMs: msOf(launching),
      figures: {
        launchesPerSecond: Math.round(rate),
        launchUs: Number((launching / launches / 1e3).toPrecision(3)),
        seconds: Number((length / SECOND).toPrecision(3)),
        launchShare: Number((launching / length).toPrecision(3)),
        waitShare: Number((waiting / length).toPrecision(3)),
      },
      sentence: `${nameOf(pid)} is bound by launching for ${timeText(length)}: ${Math.round(rate).toLocaleString('en')} launches a second of ${timeText(launching / launches)} each take ${percentText(launching / length)} of that time, and waiting for the GPU ${percentText(waiting / length)}: the GPU has done what it got before the next launch comes.`,
      advice:
        'Launch less often: capture the step into a CUDA graph, fuse small kernels (torch.compile), or make batches larger.',
    };
  });
}

/** By second where the recorder counted so, else the whole window. */
function phases(reader: TraceReader, window: WindowMs): Phase[] {
  const { from, to } = windowOf(window);
  const seconds = reader.query<CallSum & { start: number }>(
    `SELECT start, pid, fn, kind, sum(count) AS calls, sum(total) AS total FROM trace_aggregates
     WHERE nested = 0 AND kind IN ('launch', 'sync') AND start >= ? AND start < ?
     GROUP BY start, pid, fn`,
    [from, to],
  );
  if (seconds.length > 0)
    return [...Map.groupBy(seconds, row => `${row.start} ${row.pid}`).values()].map(own =>
      phaseOf(own, SECOND),
    );
  const length = spanOf(reader, window);
  const groups = Map.groupBy(callSums(reader, window), row => row.pid);
  return length > 0 ? [...groups.values()].map(own => phaseOf(own, length)) : [];
}

function phaseOf(own: readonly CallSum[], length: number): Phase {
  const sum = (kind: string, pick: (row: CallSum) => number) =>
    own.filter(row => row.kind === kind).reduce((total, row) => total + pick(row), 0);
  return {
    pid: own[0]!.pid,
    launches: sum('launch', row => row.calls),
    launching: sum('launch', row => row.total),
    waiting: sum('sync', row => row.total),
    length,
  };
}

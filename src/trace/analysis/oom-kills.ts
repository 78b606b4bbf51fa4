import type { TraceReader } from '../model.ts';
import type { Finding } from './finding.ts';
import { kernelEvents } from './kernel-events.ts';
import { bytesText, timeText } from './units.ts';

/** More kills than these say nothing new. */
const MOST = 5;

/** Processes that the kernel killed for want of memory, and what they did last. */
export function oomKills(reader: TraceReader, nameOf: (pid: number) => string): Finding[] {
  return kernelEvents(reader, ['oom-kill'])
    .slice(0, MOST)
    .map(({ at, pid, size, other_pid }) => {
      const [last] = reader.query<{ fn: string; start: number; dur: number }>(
        'SELECT fn, start, dur FROM trace_calls WHERE pid IS ? AND start <= ? ORDER BY id DESC LIMIT 1',
        [pid, at],
      );
      const held = size ? ` It held ${bytesText(size)} of anonymous memory` : '';
      const asked =
        other_pid !== null && other_pid !== pid
          ? `${held ? '; ' : ' '}${nameOf(other_pid)} asked for more`
          : '';
      const did = last
        ? ` Its last recorded call was ${last.fn}, ${last.start + last.dur >= at ? 'in which it was' : `${timeText(at - last.start - last.dur)} before`}.`
        : '';
      return {
        kind: 'oom-kill' as const,
        pid,
        process: nameOf(pid),
        wonMs: 0,
        figures: { atMs: at / 1e6, bytes: size ?? 0 },
        sentence: `The kernel killed ${nameOf(pid)} (pid ${pid}) for want of memory ${(at / 1e9).toFixed(3)} s into the trace.${held}${asked}${held || asked ? '.' : ''}${did}`,
        advice:
          'Host memory ran out, and not the GPU’s: raise the memory limit of the container, or hold less (fewer loader workers, smaller prefetch, less pinned memory).',
      };
    });
}

import { formatLatency } from '../../shared/figures.ts';
import { formatBytes, formatDuration } from '../../shared/text.ts';
import type { LiveTrace } from '../../trace/recorder/recording.ts';
import { percent } from './tables.ts';
import type { TraceTarget, TraceViewOptions, WatchTrace } from './types.ts';

/** Recording time between two lines. */
const EVERY_MS = 5_000;

/** The recording as lines on standard error: the state every few seconds, each chain and each note once. */
export async function followTraceInLines(
  watch: WatchTrace,
  { what, path }: TraceTarget,
  { stderr, signal, onStop }: TraceViewOptions,
): Promise<void> {
  const said = new Set<string>();
  let due = 0;
  const write = (line: string) => void stderr.write(`${line}\n`);
  write(`Recording ${what} into ${path}; Ctrl+C ends it.`);
  const stopWatching = watch(now => {
    if (now.elapsedMs >= due) {
      due = now.elapsedMs + EVERY_MS;
      write(stateLine(now));
    }
    for (const sentence of [...now.chains, ...now.notes]) {
      if (!said.has(sentence)) write(`  ${sentence}`);
      said.add(sentence);
    }
  });
  process.on('SIGINT', onStop).on('SIGTERM', onStop).on('SIGHUP', onStop);
  try {
    if (!signal.aborted)
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
  } finally {
    stopWatching();
    process.off('SIGINT', onStop).off('SIGTERM', onStop).off('SIGHUP', onStop);
  }
}

export function stateLine(now: LiveTrace): string {
  const time = formatDuration(Math.floor(now.elapsedMs / 1000) * 1000);
  const [top] = now.functions;
  if (!top) return `${time}: waiting for a process that loads CUDA`;
  const lost = now.dropped.reduce((sum, { count }) => sum + count, 0);
  return [
    `${time}: ${Math.round(now.callsPerSecond).toLocaleString('en')} calls/s`,
    `most time in ${top.fn} (p50 ${formatLatency(top.p50Ms)}, p99 ${formatLatency(top.p99Ms)}, longest ${formatLatency(top.maxMs)})`,
    `lost ${lost.toLocaleString('en')}`,
    `kv ${percent(now.overhead)} of a CPU`,
    formatBytes(now.fileBytes),
  ].join(', ');
}

import { CallDesk } from './calls.ts';
import { startWallTimer } from './clock.ts';
import { cpuLimitMessage } from './limit-messages.ts';
import type { PoolWorker } from './pool.ts';
import type { ConsoleLine, ScriptRun } from './port.ts';
import type { FromWorker, RawScriptError, ScriptEnd } from './protocol.ts';
import { watchCpu } from './watchdog.ts';

/** What one script came to, before its error is explained. */
export interface RunEnd extends ScriptEnd {
  console: ConsoleLine[];
  calls: number;
}

/**
 * Runs one script in a worker that runs nothing else. Resolves as soon as the end is known: by the worker's word,
 * or without it when time is up, the signal fires or the thread dies. Calls in flight are aborted then.
 */
export function runInWorker(worker: PoolWorker, script: ScriptRun): Promise<RunEnd> {
  return new Promise(resolve => {
    const calls = new AbortController();
    const desk = new CallDesk(script.call, script.limits, calls.signal, message => worker.send(message));
    const lines: ConsoleLine[] = [];
    const cleanups: Array<() => void> = [];
    let over = false;

    const end = (how: ScriptEnd) => {
      if (over) return;
      over = true;
      for (const cleanup of cleanups) cleanup();
      calls.abort();
      resolve({ ...how, console: lines, calls: desk.made });
    };
    /** The worker may be in the middle of anything: it is not used again. */
    const stop = (error: RawScriptError) =>
      end({ error, unawaited: [], reusable: false, cpuMs: worker.clock.spentMs, memoryBytes: 0 });

    const hear = (message: FromWorker) => {
      if (over) return;
      switch (message.type) {
        case 'calls':
          for (const request of message.calls) desk.accept(request);
          return;
        case 'console': {
          const line: ConsoleLine = { level: message.level, text: message.text };
          lines.push(line);
          return script.onConsole?.(line);
        }
        case 'done':
          return end(message.end);
        case 'ready':
          return;
        default:
          message satisfies never;
      }
    };
    const died = (error?: unknown) => stop(deathOf(error, script));
    const cancelled = () => stop({ name: 'CancelledError', message: 'The script was stopped.' });

    worker.thread.on('message', hear);
    worker.thread.once('error', died);
    worker.thread.once('exit', died);
    script.signal.addEventListener('abort', cancelled, { once: true });
    cleanups.push(
      () => worker.thread.off('message', hear),
      () => worker.thread.off('error', died),
      () => worker.thread.off('exit', died),
      () => script.signal.removeEventListener('abort', cancelled),
      watchCpu(worker.clock, script.limits.cpuMs, () =>
        stop({ name: 'CpuLimitError', message: cpuLimitMessage(script.limits) }),
      ),
      startWallTimer(script.limits.wallMs, script.clock, () => stop(wallError(script, desk))),
    );
    if (script.signal.aborted) return cancelled();
    worker.clock.reset();
    worker.send({ type: 'run', code: script.code, limits: script.limits });
  });
}

function wallError(script: ScriptRun, desk: CallDesk): RawScriptError {
  const [slowest] = desk.open;
  const waiting = slowest ? ` while it waited for ${slowest.name} (line ${slowest.line})` : '';
  const error: RawScriptError = {
    name: 'WallTimeLimitError',
    message: `The script ran for more than ${script.limits.wallMs} ms${waiting}. Do less in one script, or make independent calls at the same time with Promise.all.`,
  };
  if (slowest) {
    error.line = slowest.line;
    error.column = slowest.column;
    error.call = { id: slowest.id, name: slowest.name };
  }
  return error;
}

function deathOf(error: unknown, script: ScriptRun): RawScriptError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return {
      name: 'MemoryLimitError',
      message: `The script used more memory than its ${script.limits.memoryBytes} bytes and the thread around it allow.`,
    };
  }
  const why = error instanceof Error ? `: ${error.message}` : '';
  return { name: 'RuntimeError', message: `The thread that ran the script ended unexpectedly${why}.` };
}

import { KvError } from '../shared/errors.ts';

/** A stopwatch for one question that stands still while a person decides. */
export interface QuestionTimer {
  readonly signal: AbortSignal;
  /** Stops the clock; the returned function lets it go on. May nest. */
  pause(): () => void;
  dispose(): void;
}

/** Aborts its signal with a `limit` KvError once `ms` of unpaused wall time are used up. */
export function startQuestionTimer(ms: number, now: () => number): QuestionTimer {
  const controller = new AbortController();
  let left = ms;
  let since = now();
  let pauses = 0;
  let timer: NodeJS.Timeout | undefined;
  const expire = () => {
    const minutes = Math.round(ms / 6_000) / 10;
    controller.abort(
      new KvError(
        'limit',
        `The investigation reached its limit of ${minutes} minutes without a root cause.`,
        {
          hint: 'Raise it with --timeout, or ask a narrower question.',
        },
      ),
    );
  };
  const run = () => {
    since = now();
    timer = setTimeout(expire, Math.min(left, 2 ** 31 - 1));
  };
  run();
  return {
    signal: controller.signal,
    pause() {
      if (pauses++ === 0) {
        clearTimeout(timer);
        left -= now() - since;
      }
      let resumed = false;
      return () => {
        if (resumed) return;
        resumed = true;
        if (--pauses === 0) run();
      };
    },
    dispose: () => clearTimeout(timer),
  };
}

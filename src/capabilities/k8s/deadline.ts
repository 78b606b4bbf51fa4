/**
 * A signal that aborts with `parent` or after `ms`, whichever comes first. `passed()` tells the deadline from a
 * cancellation; `clear()` must be called when the work is over.
 */
export function deadlineSignal(
  parent: AbortSignal,
  ms: number,
): { signal: AbortSignal; passed(): boolean; clear(): void } {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new Error('deadline')), ms);
  return {
    signal: AbortSignal.any([parent, timeout.signal]),
    passed: () => timeout.signal.aborted && !parent.aborted,
    clear: () => clearTimeout(timer),
  };
}

/**
 * Passes `source` through and rejects with the signal's reason the moment the signal fires, whatever the source
 * is waiting for. The source is told to stop (`return`), but nobody waits for it.
 */
export async function* abortable<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  signal.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  // Nobody may be racing when the signal fires between two chunks: that rejection is handled here.
  aborted.catch(() => {});
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      const next = iterator.next();
      // Loses the race after an abort; its own failure is then of no interest.
      next.catch(() => {});
      const result = await Promise.race([next, aborted]);
      signal.throwIfAborted();
      if (result.done) return;
      yield result.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    iterator.return?.()?.catch(() => {});
  }
}

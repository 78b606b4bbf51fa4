import { parentPort, workerData } from 'node:worker_threads';
import { chains } from '../analysis/chains.ts';
import { openTrace } from '../open.ts';
import type { ChainsOrder, FoundChain } from './live-chains.ts';

/** Looks for chains in a file that is still being written, one window after the other, each time it is asked. */
const { path } = workerData as { path: string };

parentPort!.on('message', async ({ fromMs }: ChainsOrder) => {
  parentPort!.postMessage(await found(fromMs));
});

async function found(fromMs: number): Promise<FoundChain[]> {
  try {
    const reader = await openTrace(path);
    try {
      return chains(reader, { fromMs }).map(({ pid, fn, cause, excessMs, sentence }) => ({
        key: `${pid} ${fn} ${cause}`,
        excessMs,
        sentence,
      }));
    } finally {
      reader.close();
    }
  } catch {
    // The file has nothing to read yet, or is being closed: the next window says more.
    return [];
  }
}

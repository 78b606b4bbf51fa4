import { parentPort, workerData } from 'node:worker_threads';
import { CpuClock } from '../cpu-clock.ts';
import type { FromWorker, ToWorker, WorkerInit } from '../protocol.ts';
import { Execution } from './execution.ts';
import { type PreparedInstance, prepareInstance } from './instance.ts';

const DEFAULT_MEMORY = 128 * 1024 * 1024;

/** A worker thread: runs one script at a time and keeps a fresh instance ready for the next. */
async function main(init: WorkerInit, port: NonNullable<typeof parentPort>): Promise<void> {
  const clock = new CpuClock(init.clock);
  const post = (message: FromWorker) => port.postMessage(message);
  const prepare = (memoryBytes: number) => prepareInstance(init.wasm, memoryBytes, init.catalogNames);
  let spare: Promise<PreparedInstance> | undefined = prepare(DEFAULT_MEMORY);
  let current: Execution | undefined;

  /** An instance that no script has seen; the spare one is given away once. */
  const take = async (memoryBytes: number): Promise<PreparedInstance> => {
    const waiting = spare;
    spare = undefined;
    const ready = await waiting;
    return ready?.instance.limitBytes === memoryBytes ? ready : prepare(memoryBytes);
  };
  const prepareNext = (memoryBytes: number) => {
    spare ??= prepare(memoryBytes);
  };

  port.on('message', async (message: ToWorker) => {
    if (message.type === 'settle') {
      current?.settle(message);
      return;
    }
    clock.reset();
    const { memoryBytes } = message.limits;
    current = new Execution(await take(memoryBytes), message.limits, {
      post,
      clock,
      catalogNames: init.catalogNames,
    });
    current.start(message.code);
    setImmediate(prepareNext, memoryBytes);
  });

  await spare;
  post({ type: 'ready' });
}

if (parentPort) await main(workerData as WorkerInit, parentPort);

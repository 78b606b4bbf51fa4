import { messageOf } from '../../shared/errors.ts';
import { type GpuFacts, type GpuReading, type GpuTool, gpuFacts, sampleGpus } from '../gpu/index.ts';
import type { WriterThread } from '../store/index.ts';
import type { LiveGpu } from './recording.ts';

const EVERY_MS = 1_000;

/** The machine's GPUs and their readings, into the trace and onto the screen, for as long as nvidia-smi gives them. */
export class GpuWatch {
  readonly #writer: WriterThread;
  readonly #atNs: () => number | undefined;
  readonly #stop = new AbortController();
  readonly #latest = new Map<number, GpuReading>();
  #gpus: readonly GpuFacts[] = [];
  #problem: string | undefined;

  /** `atNs` is the time now since the trace began; undefined before it has. */
  constructor(writer: WriterThread, atNs: () => number | undefined, tool: GpuTool) {
    this.#writer = writer;
    this.#atNs = atNs;
    this.#follow(tool).catch(error => {
      if (!this.#stop.signal.aborted) this.#problem = messageOf(error);
    });
  }

  get gpus(): LiveGpu[] {
    return this.#gpus.map(({ index, name, memoryBytes }) => {
      const values = this.#latest.get(index)?.values ?? {};
      return {
        name,
        utilPct: values.gpu_util_pct,
        memoryBytes: values.gpu_memory_bytes,
        memoryTotalBytes: memoryBytes,
      };
    });
  }

  /** Why there are no further readings, where there were GPUs. */
  get problem(): string | undefined {
    return this.#problem;
  }

  stop(): void {
    this.#stop.abort();
  }

  async #follow(tool: GpuTool): Promise<void> {
    const { signal } = this.#stop;
    this.#gpus = await gpuFacts(tool, signal);
    if (this.#gpus.length === 0 || signal.aborted) return;
    this.#writer.addGpus(
      this.#gpus.map(({ index, uuid, name, driver, memoryBytes }) => {
        return { id: index, uuid, name, driver, memory: memoryBytes };
      }),
    );
    for await (const reading of sampleGpus(EVERY_MS, signal, tool)) this.#take(reading);
  }

  #take(reading: GpuReading): void {
    this.#latest.set(reading.index, reading);
    const atNs = this.#atNs();
    if (atNs === undefined) return;
    const samples = Object.entries(reading.values).map(([name, value]) => {
      return { atNs, name, value, gpu: reading.index };
    });
    this.#writer.addSamples(samples);
  }
}

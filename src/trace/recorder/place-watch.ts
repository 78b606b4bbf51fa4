import { readFile } from 'node:fs/promises';
import { type PlaceSources, placesOf } from '../places/index.ts';
import type { WriterThread } from '../store/index.ts';

/** Pods and containers of the recorded processes, looked up once for each, as soon as it is seen. */
export class PlaceWatch {
  readonly #writer: WriterThread;
  readonly #sources: PlaceSources;
  readonly #asked = new Set<number>();
  #problem: string | undefined;
  #isAsking = false;

  constructor(writer: WriterThread, sources: PlaceSources) {
    this.#writer = writer;
    this.#sources = sources;
  }

  /** Why the cluster could not name pods. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Looks up those that are new. Returns at once; one question to the cluster at a time. */
  see(pids: readonly number[]): void {
    const fresh = pids.filter(pid => !this.#asked.has(pid));
    if (fresh.length === 0 || this.#isAsking) return;
    this.#isAsking = true;
    for (const pid of fresh) this.#asked.add(pid);
    void this.#lookUp(fresh).finally(() => {
      this.#isAsking = false;
    });
  }

  async #lookUp(pids: readonly number[]): Promise<void> {
    const paths = await Promise.all(pids.map(cgroupPathsOf));
    const { places, problem } = await placesOf(paths.flat(), this.#sources);
    this.#problem ??= problem;
    pids.forEach((pid, at) => {
      const place = paths[at]!.map(path => places.get(path)).find(Boolean);
      if (place) this.#writer.addProcessPlace(pid, place);
    });
  }
}

/** `ID:CONTROLLERS:PATH` a line; none for a process that is gone. */
async function cgroupPathsOf(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  return [...new Set(text.split('\n').flatMap(line => /^\d+:[^:]*:(\/.+)$/.exec(line)?.[1] ?? []))];
}

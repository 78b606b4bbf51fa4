import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';

const HIERARCHIES = '/sys/fs/cgroup';

/** A control group of its own, made with the groups above it; it must be empty when it goes. */
export class Group implements AsyncDisposable {
  readonly path: string;
  readonly #root: string;

  constructor(path: string) {
    this.path = path;
    const oneForAll = existsSync(join(HIERARCHIES, 'cgroup.procs'));
    this.#root = oneForAll ? HIERARCHIES : join(HIERARCHIES, 'pids');
    mkdirSync(join(this.#root, path), { recursive: true });
  }

  add(pid: number): void {
    writeFileSync(join(this.#root, this.path, 'cgroup.procs'), String(pid));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const folder = join(this.#root, this.path);
    if (existsSync(folder)) await vi.waitFor(() => rmdirSync(folder), 5000);
  }
}

import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

const FLUSH_CHARACTERS = 256 * 1024;

/**
 * Writes one List object item by item, so that a list of any length is captured in flat memory. Holds no file
 * handle between writes: a cluster may have thousands of namespaces, and aggregated APIs list them in any order.
 */
export class ListFile {
  readonly #path: string;
  #pending: string;
  #first = true;
  #created = false;

  constructor(path: string, kind: string, apiVersion: string) {
    this.#path = path;
    this.#pending = `{"kind":${JSON.stringify(`${kind}List`)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":{},"items":[`;
  }

  async add(item: unknown): Promise<void> {
    this.#pending += `${this.#first ? '\n' : ',\n'}${JSON.stringify(item)}`;
    this.#first = false;
    if (this.#pending.length >= FLUSH_CHARACTERS) await this.flush();
  }

  /** Writes what is pending; more may follow. */
  async flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = '';
    if (this.#created) {
      await appendFile(this.#path, text);
      return;
    }
    this.#created = true;
    await mkdir(dirname(this.#path), { recursive: true });
    await writeFile(this.#path, text);
  }

  async close(): Promise<void> {
    this.#pending += '\n]}\n';
    await this.flush();
  }
}

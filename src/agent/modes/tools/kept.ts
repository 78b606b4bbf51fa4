/** Characters of results that are kept for later pages; beyond it the oldest are forgotten. */
const KEPT_CHARACTERS = 4_000_000;

/** Pages of long results, by the call that returned them. */
export class KeptResults {
  readonly #pages = new Map<string, string[]>();
  #characters = 0;

  keep(call: string, pages: string[]): void {
    this.#forget(call);
    if (pages.length < 2) return;
    this.#pages.set(call, pages);
    this.#characters += sizeOf(pages);
    for (const oldest of this.#pages.keys()) {
      if (this.#characters <= KEPT_CHARACTERS || oldest === call) break;
      this.#forget(oldest);
    }
  }

  find(call: string): string[] | undefined {
    return this.#pages.get(call);
  }

  #forget(call: string): void {
    const pages = this.#pages.get(call);
    if (!pages) return;
    this.#characters -= sizeOf(pages);
    this.#pages.delete(call);
  }
}

/** The same call is the same text, in whatever order its arguments were written. */
export function signatureOf(name: string, args: Record<string, unknown>): string {
  return `${name} ${JSON.stringify(args, (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )}`;
}

function sizeOf(pages: string[]): number {
  return pages.reduce((sum, page) => sum + page.length, 0);
}

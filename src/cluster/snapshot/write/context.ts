import type { Collection, Store } from '../store.ts';

/** What a write needs besides its request. */
export interface WriteContext {
  store: Store;
  collection: Collection;
  dryRun: boolean;
  /** Unix milliseconds, for timestamps of what is written. */
  now(): number;
  /** 0 ≤ x < 1, for the names of `generateName`. */
  random(): number;
  newUid(): string;
}

/** RFC 3339 without fractions, as object metadata carries it. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

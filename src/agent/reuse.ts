import type { AnyCapability } from '../capabilities/define.ts';
import type { Effect } from '../policy/types.ts';

/** Answers of earlier calls of the session that still hold: the same read again costs no request. */
export interface CallReuse {
  /** The answer to this very call, if nothing can have changed since. */
  find(capability: AnyCapability, params: unknown): { value: unknown } | undefined;
  /** Hears of every call that succeeded; changes make what was read before them stale. */
  keep(capability: AnyCapability, params: unknown, value: unknown, effect: Effect): void;
}

/** Never reuses anything. */
export const NO_REUSE: CallReuse = { find: () => undefined, keep: () => {} };

import type { AnyCapability } from '../capabilities/define.ts';

/** Milliseconds for which an answer of a live cluster may stand for the same read in a later turn. */
const LIVE_MS = 10_000;
/** Characters of JSON that are kept of one answer, and of all; the least recently used go first. */
const MOST = 8_000_000;
const MOST_IN_ALL = 32_000_000;

/** Where a call stands: its turn, and its step within the script (see `call-started`). */
export interface CallPlace {
  turn: number;
  step: number;
}

/** Answers of earlier calls of the session that still hold: the same read again costs no request. */
export interface CallReuse {
  /**
   * Asks for the answer to this very call before it is made: `known` is its JSON text if nothing can have
   * changed since. If there is none, `keep` takes the text of the answer when the call has succeeded; for a call that
   * changes something neither does anything, and what was read before it does not hold any more.
   */
  open(
    capability: AnyCapability,
    params: unknown,
    place: CallPlace,
  ): { known?: string; keep(text: string): void };
  /** Nothing that was read, or is being read, holds any more: something was changed, or it is another cluster. */
  clear(): void;
}

interface Kept {
  text: string;
  revision: number | undefined;
  at: number;
  place: CallPlace;
}

/**
 * Reuse within a session. In a snapshot an answer holds until its `revision` grows. On a live cluster it holds
 * for ten seconds, and only for later turns (or for the same round of calls): a script that reads the same thing twice, in
 * a loop or after a sleep, wants to see whether it has changed. There is no cheaper way to make sure: the API
 * has no conditional GET, and reading an object's metadata to compare resourceVersions is a request of its own.
 */
export function createReuse(options: {
  now(): number;
  /** See `Transport.revision`; undefined for a live cluster. */
  revision(): number | undefined;
}): CallReuse {
  const kept = new Map<string, Kept>();
  let size = 0;
  /** Counts what makes answers stale, so that a read that was under way then is not kept. */
  let epoch = 0;

  const forget = (key: string) => {
    size -= kept.get(key)?.text.length ?? 0;
    kept.delete(key);
  };
  const clear = () => {
    kept.clear();
    size = 0;
    epoch += 1;
  };
  const holds = ({ at, place, revision }: Kept, asked: CallPlace) => {
    const now = options.revision();
    if (now !== undefined) return revision === now;
    return options.now() - at <= LIVE_MS && (place.turn !== asked.turn || place.step === asked.step);
  };

  return {
    clear,
    open: (capability, params, place) => {
      if (capability.reuse === 'ends' && options.revision() === undefined) clear();
      if (capability.effect !== 'read' || capability.reuse !== undefined) return { keep: () => {} };
      const key = `${capability.name} ${JSON.stringify(params)}`;
      const known = kept.get(key);
      if (known && holds(known, place)) {
        kept.delete(key);
        kept.set(key, known);
        return { known: known.text, keep: () => {} };
      }
      const began = epoch;
      const at = options.now();
      const revision = options.revision();
      return {
        keep: text => {
          if (began !== epoch || text.length > MOST) return;
          forget(key);
          kept.set(key, { text, revision, at, place });
          size += text.length;
          for (const oldest of kept.keys()) {
            if (size <= MOST_IN_ALL) break;
            forget(oldest);
          }
        },
      };
    },
  };
}

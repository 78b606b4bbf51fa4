import type { StateStore } from '../../capabilities/define.ts';
import { KvError } from '../../shared/errors.ts';

/** Characters of JSON that one session may keep in `state`. */
const MAX_CHARACTERS = 4_000_000;

/** `state.*`: JSON values that outlive one script. Every change is handed to `persist` (undefined: deleted). */
export function createState(
  initial: ReadonlyArray<readonly [string, unknown]>,
  persist: (key: string, value: unknown) => void,
): StateStore {
  const values = new Map<string, string>(initial.map(([key, value]) => [key, JSON.stringify(value)]));
  return {
    get: key => {
      const text = values.get(key);
      return text === undefined ? undefined : JSON.parse(text);
    },
    set: (key, value) => {
      const text = JSON.stringify(value ?? null);
      const others = [...values].reduce((sum, [name, other]) => (name === key ? sum : sum + other.length), 0);
      if (others + text.length > MAX_CHARACTERS) {
        throw new KvError(
          'failed',
          `state.set: "${key}" would take the session's state over ${MAX_CHARACTERS / 1e6} MB.`,
          {
            hint: 'Keep less, or delete keys that are no longer needed.',
          },
        );
      }
      values.set(key, text);
      persist(key, value ?? null);
    },
    delete: key => {
      const existed = values.delete(key);
      if (existed) persist(key, undefined);
      return existed;
    },
    keys: () => [...values.keys()],
  };
}

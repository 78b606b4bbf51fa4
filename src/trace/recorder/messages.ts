import { KvError } from '../../shared/errors.ts';
import type { HelperEnd } from './helper-process.ts';

/** Exit codes of kv-tracer (native/README.md). */
const EXIT_OK = 0;
const EXIT_NO_TARGET = 2;
const EXIT_NOTHING_PROBED = 3;

/** Said while there is nothing to probe yet: no news to keep. */
export function isWaiting(line: string): boolean {
  return line.endsWith('waiting for one.');
}

/** What the helper said, as sentences of kv's own. */
export function toldByHelper(said: readonly string[]): string[] {
  return said.map(line => {
    const text = line.replace(/^kv-tracer: /, '');
    return text === line ? line : text.charAt(0).toUpperCase() + text.slice(1);
  });
}

/** Why the trace ends where it does; undefined for an ending in order. */
export function endingNote(end: HelperEnd): string | undefined {
  if (end.code === EXIT_OK || end.code === EXIT_NOTHING_PROBED) return undefined;
  return `The recorder's helper ${howEnded(end)}; the trace holds what it had sent by then.`;
}

function howEnded({ code, signal }: HelperEnd): string {
  return signal ? `was ended by ${signal}` : `ended with code ${code}`;
}

/** The failure of a recording that never began. */
export function nothingRecorded(
  end: HelperEnd | undefined,
  said: readonly string[],
  problem: string | undefined,
): KvError {
  const kind = end?.code === EXIT_NO_TARGET ? 'usage' : 'failed';
  const [told] = toldByHelper(said);
  const why = problem ?? (end ? `the recorder's helper ${howEnded(end)}` : 'the helper said nothing');
  return new KvError(kind, told ?? `Nothing was recorded: ${why}.`, {
    hint: told ? undefined : 'kv trace --check says what is missing.',
    facts: { ...end },
  });
}

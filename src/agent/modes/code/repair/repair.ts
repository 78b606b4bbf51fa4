import type { CheckResult } from '../../../../sandbox/port.ts';
import { addAwait } from './add-await.ts';
import { dropForeign } from './drop-foreign.ts';
import { returnLast } from './return-last.ts';
import type { Mend } from './text.ts';

/** Missing awaits that one script may have. */
const MOST_AWAITS = 8;

export interface CheckedScript extends Mend {
  check: CheckResult;
}

/**
 * Checks a script and mends common slips in it, so that they cost no turn. A script that passes and returns
 * something is left alone; what was mended has passed the check; a script that cannot be mended keeps the verdict
 * on what the model wrote.
 */
export async function checkAndRepair(
  script: string,
  check: (script: string) => Promise<CheckResult>,
): Promise<CheckedScript> {
  const first = await check(script);
  const passing = first.ok
    ? { script, repairs: [], check: first }
    : ((await mendTypes(dropForeign(script), check)) ?? { script, repairs: [], check: first });
  if (!passing.check.ok) return passing;
  const returning = returnLast(passing.script);
  if (!returning) return passing;
  const again = await check(returning.script);
  if (!again.ok) return passing;
  return { script: returning.script, repairs: [...passing.repairs, ...returning.repairs], check: again };
}

/** Adds missing awaits one after the other, as the checker finds them; undefined when that does not help. */
async function mendTypes(
  start: Mend,
  check: (script: string) => Promise<CheckResult>,
): Promise<CheckedScript | undefined> {
  let { script } = start;
  const repairs = [...start.repairs];
  for (let round = 0; round <= MOST_AWAITS; round++) {
    const verdict = await check(script);
    if (verdict.ok) return repairs.length > 0 ? { script, repairs, check: verdict } : undefined;
    const current = script;
    const mend = verdict.diagnostics.map(found => addAwait(current, found)).find(made => made !== undefined);
    if (!mend) return undefined;
    script = mend.script;
    repairs.push(...mend.repairs);
  }
  return undefined;
}

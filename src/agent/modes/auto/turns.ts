import type { Mode } from '../../events.ts';

/** What a session has seen of one model's look-ups, by the road that they began on. */
export type SeenLookups = Readonly<Record<Mode, { readonly lookups: number; readonly turns: number }>>;

export const NOTHING_SEEN: SeenLookups = {
  code: { lookups: 0, turns: 0 },
  tools: { lookups: 0, turns: 0 },
};

/**
 * Turns of a look-up by a model of which nothing is known.
 *
 * Scripts: a model either ends look-ups in the script (`finish`: one turn) or has it return what it found and then
 * says it (two); half of each. At today's prompts one script turn costs 1,070 tokens and tool calls 1,730 (medians,
 * `kv bench --models scripted --modes code,tools,auto`), two script turns 2,290 (`vitest run test/agent/auto.test.ts`).
 * So trying scripts first costs 560 tokens once where the model turns out to need two turns, and saves 660 at every
 * look-up where it does not.
 *
 * Tools: nearly every look-up is one call and the answer; a few need a second call.
 */
const PRIOR: Readonly<Record<Mode, number>> = { code: 1.5, tools: 2.1 };

/** Of the prior, in look-ups. A model keeps its habit, so that the first look-up tells more than the prior. */
const PRIOR_WEIGHT = 0.5;

/** The mean over the look-ups seen, with the prior as half a look-up. */
export function expectedTurns(mode: Mode, seen: SeenLookups): number {
  const { lookups, turns } = seen[mode];
  return (PRIOR[mode] * PRIOR_WEIGHT + turns) / (PRIOR_WEIGHT + lookups);
}

/** `seen` and one look-up more, which took `turns` turns. */
export function withLookup(seen: SeenLookups, mode: Mode, turns: number): SeenLookups {
  const before = seen[mode];
  return { ...seen, [mode]: { lookups: before.lookups + 1, turns: before.turns + turns } };
}

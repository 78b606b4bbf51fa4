import { z } from 'zod';
import { KvError } from '../../shared/errors.ts';
import { type AnyCapability, defineCapability } from '../define.ts';

const row = z.object({
  turn: z.int(),
  question: z.string(),
  starts: z.string().describe('its first characters'),
  characters: z.int().describe('of its JSON'),
  whole: z.boolean().describe('false: only a shortened copy is left'),
});

const results = defineCapability({
  name: 'state.results',
  effect: 'read',
  reuse: 'never',
  summary: 'What scripts and tool calls returned earlier in this session, one row a turn',
  params: z.object({}),
  result: z.array(row),
  examples: [{ title: 'list earlier results', code: 'return await state.results()' }],
  run: async context => context.results.list(),
});

const result = defineCapability({
  name: 'state.result',
  effect: 'read',
  reuse: 'never',
  summary: 'The whole result of an earlier turn, also where the conversation shows it shortened',
  details: 'Of a turn with tool calls: [{ tool, result }]',
  params: z.object({ turn: z.int().min(1) }),
  result: z.any(),
  examples: [
    {
      title: 'look through an earlier result again',
      code: "const rows = await state.result({ turn: 2 });\nreturn rows.filter((row: { name: string }) => row.name.startsWith('checkout'));",
    },
  ],
  run: async (context, params) => {
    const kept = context.results.get(params.turn);
    if (kept) return kept.value;
    const turns = context.results.list().map(item => item.turn);
    throw new KvError('usage', `state.result: turn ${params.turn} returned nothing, or it was forgotten.`, {
      hint:
        turns.length > 0
          ? `There are results of turns ${turns.slice(-20).join(', ')}.`
          : 'There are no results yet.',
    });
  },
});

/** Earlier results, which the conversation may have lost. */
export const resultCapabilities = [results, result] as unknown as AnyCapability[];

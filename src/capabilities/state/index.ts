import { z } from 'zod';
import { type AnyCapability, defineCapability } from '../define.ts';
import { resultCapabilities } from './results.ts';
import { matches, reveal } from './secret.ts';

const key = z.string().min(1).max(200);

const get = defineCapability({
  name: 'state.get',
  effect: 'read',
  reuse: 'never',
  summary: 'A value that an earlier script of this session kept; null when there is none',
  params: z.object({ key }),
  result: z.any(),
  examples: [{ title: 'read', code: "const seen = (await state.get({ key: 'seen' })) ?? [];" }],
  run: async (context, params) => context.state.get(params.key) ?? null,
});

const set = defineCapability({
  name: 'state.set',
  effect: 'read',
  reuse: 'never',
  summary: 'Keep a JSON value for later scripts of this session',
  params: z.object({ key, value: z.any() }),
  result: z.object({ key: z.string() }),
  examples: [{ title: 'keep', code: "await state.set({ key: 'seen', value: ['checkout'] });" }],
  run: async (context, params) => {
    context.state.set(params.key, params.value ?? null);
    return { key: params.key };
  },
});

const remove = defineCapability({
  name: 'state.delete',
  effect: 'read',
  reuse: 'never',
  summary: 'Forget a kept value',
  params: z.object({ key }),
  result: z.object({ deleted: z.boolean() }),
  examples: [{ title: 'forget', code: "await state.delete({ key: 'seen' });" }],
  run: async (context, params) => ({ deleted: context.state.delete(params.key) }),
});

const keys = defineCapability({
  name: 'state.keys',
  effect: 'read',
  reuse: 'never',
  summary: 'Keys of all kept values',
  params: z.object({}),
  result: z.array(z.string()),
  examples: [{ title: 'list', code: 'return await state.keys()' }],
  run: async context => context.state.keys(),
});

/** What outlives one script (`state.*`), and the questions that may be asked of hidden values (`secret.*`). */
export const stateCapabilities = [
  ...([get, set, remove, keys, matches, reveal] as unknown as AnyCapability[]),
  ...resultCapabilities,
];

import { z } from 'zod';
import { defineCapability } from '../define.ts';

const handle = z
  .union([z.string(), z.looseObject({ $secret: z.string() })])
  .describe('the handle, or its $secret');

export const matches = defineCapability({
  name: 'secret.matches',
  effect: 'read',
  reuse: 'never',
  summary: 'Test a hidden value against an RE2 pattern; 32 tests a secret',
  details:
    'Equal secrets have equal sha256 in their handles, and length is there too: most questions need no test',
  params: z.object({ handle, pattern: z.string().min(1) }),
  result: z.object({ matches: z.boolean() }),
  examples: [
    {
      title: 'does a password end in a newline',
      code: "const s = await k8s.get({ kind: 'Secret', name: 'db', namespace: 'shop' });\nreturn await secret.matches({ handle: s.data.password, pattern: '\\\\n$' });",
    },
  ],
  run: async (context, params) => ({ matches: context.secrets.matches(idOf(params.handle), params.pattern) }),
});

export const reveal = defineCapability({
  name: 'secret.reveal',
  effect: 'exec',
  summary: 'The hidden value itself, after a person approved it',
  params: z.object({ handle, reason: z.string().min(1).describe('told to the person who is asked') }),
  result: z.string(),
  examples: [
    {
      title: 'show a value',
      code: "const s = await k8s.get({ kind: 'Secret', name: 'db', namespace: 'shop' });\nreturn await secret.reveal({ handle: s.data.host, reason: 'the host name may be wrong' });",
    },
  ],
  run: (context, params) => context.secrets.reveal(idOf(params.handle), params.reason),
});

function idOf(value: string | { $secret: string }): string {
  return typeof value === 'string' ? value : value.$secret;
}

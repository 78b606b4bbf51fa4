import { z } from 'zod';

const rate = z.number().min(0);
const budget = z
  .strictObject({
    tokens: z.int().min(1).optional().describe('read and written, caches included'),
    usd: z.number().positive().optional().describe('US dollars'),
  })
  .optional();

/** The config file. Flags win over environment variables, those over the file, the file over defaults. */
export const kvConfig = z.strictObject({
  model: z.string().optional().describe('anthropic:<id>, ollama:<id> or offline'),
  mode: z.enum(['code', 'tools', 'auto']).optional().describe('by scripts, by tool calls, or as it fits'),
  context: z.string().optional().describe('kubeconfig context'),
  namespace: z.string().optional(),
  codeForm: z
    .enum(['fence', 'tool'])
    .optional()
    .describe('how models hand over scripts: in a fenced block or as a tool call'),
  readOnly: z.boolean().optional().describe('refuse every change'),
  limits: z
    .strictObject({
      turns: z.int().min(1).optional(),
      calls: z.int().min(1).optional(),
      tokens: z.int().min(1).optional(),
      timeoutSeconds: z.int().min(1).optional(),
    })
    .optional(),
  budgets: z
    .strictObject({
      perInvestigation: budget.describe('one question'),
      perDay: budget.describe('local calendar day, all sessions together'),
      perMonth: budget.describe('local calendar month, all sessions together'),
      warnAt: z.number().gt(0).max(1).optional().describe('share of a budget; 0.8 when absent'),
      webhook: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe('told of day and month budgets; a secret'),
    })
    .optional(),
  prices: z
    .record(
      z.string().min(1),
      z.strictObject({ input: rate, output: rate, cacheRead: rate.optional(), cacheWrite: rate.optional() }),
    )
    .optional()
    .describe('US dollars per million tokens, by model id'),
  anthropic: z.strictObject({ baseUrl: z.url().optional() }).optional(),
  ollama: z
    .strictObject({ host: z.string().optional(), contextLength: z.int().min(1024).optional() })
    .optional(),
});

export type KvConfig = z.infer<typeof kvConfig>;

import { z } from 'zod';

/** The config file. Flags win over environment variables, those over the file, the file over defaults. */
export const kvConfig = z.strictObject({
  model: z.string().optional().describe('anthropic:<id>, ollama:<id> or offline'),
  context: z.string().optional().describe('kubeconfig context'),
  namespace: z.string().optional(),
  readOnly: z.boolean().optional().describe('refuse every change'),
  limits: z
    .strictObject({
      turns: z.int().min(1).optional(),
      calls: z.int().min(1).optional(),
      tokens: z.int().min(1).optional(),
      timeoutSeconds: z.int().min(1).optional(),
    })
    .optional(),
  anthropic: z.strictObject({ baseUrl: z.url().optional() }).optional(),
  ollama: z
    .strictObject({ host: z.string().optional(), contextLength: z.int().min(1024).optional() })
    .optional(),
});

export type KvConfig = z.infer<typeof kvConfig>;

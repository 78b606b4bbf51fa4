import { z } from 'zod';
import { brief } from '../brief.ts';
import { type CapabilityContext, defineCapability } from '../define.ts';
import { LogExplainer } from '../logs/explain.ts';
import { chooseContainer } from './container.ts';
import { podToRead, unreadable } from './log-pod.ts';
import { namespaceParam } from './schemas.ts';

/** What is read of one container's log, in bytes. */
const MOST_BYTES = 200_000_000;

const level = z.enum(['fatal', 'error', 'warn', 'info', 'debug']);

const pattern = z
  .object({
    template: z.string().describe("the words of the message, '<*>' where they vary"),
    level,
    count: z.number(),
    first: z.string().describe("RFC 3339, '' where unknown"),
    last: z.string(),
    example: z.string().describe('the newest occurrence; stack traces whole or cut in the middle'),
  })
  .meta({ id: 'LogPattern' });

export const explainLogs = defineCapability({
  name: 'k8s.explainLogs',
  effect: 'read',
  summary: 'The lines of a log that explain, out of any number of lines',
  brief: 'reads the whole log, returns what tells',
  details:
    'Reads the whole log of one container, groups its messages by template, keeps stack traces and multi-line entries together, ' +
    'and ranks by level, known causes, rarity and nearness to the end. pod may be a workload, as in k8s.logs',
  params: z.object({
    pod: brief(z.string().min(1).describe("pod name, or 'deployment/checkout'"), "or 'deployment/checkout'"),
    namespace: namespaceParam,
    container: z.string().optional(),
    previous: z.boolean().default(false).describe('the run before the last restart'),
    sinceSeconds: z.int().min(1).optional(),
    limit: z.int().min(1).max(50).default(5).describe('decisive messages at most'),
    patterns: z.int().min(0).max(200).default(10).describe('most frequent kinds of message, besides'),
  }),
  result: z.object({
    pod: z.string(),
    container: z.string(),
    previous: z.boolean(),
    lines: z.number(),
    entries: z.number().describe('a stack trace is one entry'),
    first: z.string().describe('time of the first entry'),
    last: z.string(),
    levels: z.record(level, z.number()),
    decisive: z.array(
      pattern.extend({
        why: z
          .array(z.string())
          .describe("why it stands here: 'error', '1 of 60000 entries', 'the last entry'"),
        before: z.array(z.string()).describe('the entries right before the newest occurrence'),
      }),
    ),
    patterns: z.array(pattern),
    note: z.string().optional(),
  }),
  examples: [
    {
      title: 'why a container ended',
      code: "const { decisive } = await k8s.explainLogs({ pod: 'deployment/checkout', previous: true });\nreturn decisive.map(d => ({ line: d.example, at: d.last, why: d.why }));",
    },
  ],
  run: async (context, params) => {
    const namespace = params.namespace ?? context.namespace;
    const { pod, note: chosen } = await podToRead(context, params.pod, namespace);
    const container = chooseContainer(pod, params.container);
    const explainer = new LogExplainer();
    const target = { namespace: pod.metadata.namespace ?? namespace, pod: pod.metadata.name, container };
    const { previous, sinceSeconds } = params;
    const note = await readAll(context, explainer, { ...target, previous, sinceSeconds });
    const { records, ...found } = explainer.finish({ decisive: params.limit, patterns: params.patterns });
    return {
      pod: pod.metadata.name,
      container,
      previous,
      entries: records,
      ...found,
      note: [chosen, note].filter(Boolean).join('; ') || undefined,
    };
  },
});

async function readAll(
  context: CapabilityContext,
  explainer: LogExplainer,
  query: Parameters<CapabilityContext['cluster']['logs']>[0],
): Promise<string | undefined> {
  let lines = 0;
  try {
    for await (const line of context.cluster.logs({ ...query, limitBytes: MOST_BYTES }, context.signal)) {
      explainer.add(line);
      lines += 1;
      if (lines % 50_000 === 0) context.progress(`${lines.toLocaleString('en')} lines`);
    }
    return lines === 0 ? 'the log is empty' : undefined;
  } catch (error) {
    return unreadable(error);
  }
}

import { z } from 'zod';
import { grepLogs as searchLogs } from '../../cluster/index.ts';
import type { KubeObject } from '../../cluster/types.ts';
import { brief, rare } from '../brief.ts';
import { defineCapability } from '../define.ts';
import { chooseContainer, containerNames } from './container.ts';
import { selectPods } from './pod-select.ts';
import { anyNamespaceParam } from './schemas.ts';

const match = z
  .object({
    namespace: z.string(),
    pod: z.string(),
    container: z.string(),
    time: brief(z.string().describe("RFC 3339, '' where unknown"), ''),
    line: z.string(),
    before: rare(z.array(z.string()).optional()),
    after: rare(z.array(z.string()).optional()),
  })
  .meta({ id: 'LogMatch' });

export const grepLogs = defineCapability({
  name: 'k8s.grepLogs',
  effect: 'read',
  summary: 'Search the logs of many pods at once',
  brief: 'many pods at once',
  details:
    'Pods come from namespace, labelSelector or owner. Every matching line is counted, also beyond maxMatches. Patterns are RE2',
  params: z.object({
    pattern: brief(z.string().min(1).describe("'ERROR|FATAL'"), 'RE2'),
    namespace: anyNamespaceParam,
    labelSelector: z.string().optional(),
    owner: brief(z.string().optional().describe("'deployment/checkout'"), ''),
    container: rare(z.string().optional().describe('default: all containers')),
    ignoreCase: z.boolean().default(false),
    previous: brief(z.boolean().default(false).describe('the run before the last restart'), ''),
    before: rare(z.int().min(0).max(50).default(0).describe('lines of context before a match')),
    after: rare(z.int().min(0).max(50).default(0).describe('lines of context after it')),
    maxMatches: rare(z.int().min(1).max(10_000).default(100).describe('in all')),
    maxMatchesPerPod: rare(z.int().min(1).max(10_000).default(50)),
    sinceSeconds: brief(z.int().min(1).optional(), ''),
    tailLines: rare(z.int().min(1).optional().describe('search only the last lines of each container')),
  }),
  result: z.object({
    matches: z.array(match),
    counts: brief(
      z.record(z.string(), z.number()).describe('matching lines by namespace/pod'),
      'by namespace/pod',
    ),
    total: z.number(),
    truncated: rare(z.boolean()),
    podsSearched: rare(z.number()),
    linesSearched: rare(z.number()),
    unreadable: rare(z.array(z.object({ pod: z.string(), why: z.string() })).optional()),
  }),
  examples: [
    {
      title: 'errors of a deployment with context',
      code: "return await k8s.grepLogs({ namespace: 'shop', owner: 'deployment/checkout', pattern: 'ERROR|FATAL', before: 2 })",
    },
    {
      title: 'which pods see timeouts',
      code: "return (await k8s.grepLogs({ namespace: '*', pattern: 'timeout', ignoreCase: true })).counts",
    },
  ],
  run: async (context, params) => {
    const { items } = await selectPods(context, params);
    const started = items.filter(pod => pod.spec?.nodeName);
    context.progress(`${started.length} pods`);
    const found = await searchLogs(
      context.cluster,
      {
        ...params,
        prepare: block => context.redact(block),
        namespace: params.namespace ?? context.namespace,
        pods: started.map(pod => ({
          pod: pod.metadata.name,
          namespace: pod.metadata.namespace,
          containers: containersToSearch(pod, params.container),
        })),
      },
      context.signal,
    );
    const counts: Record<string, number> = {};
    for (const { namespace, pod, matches } of found.counts) {
      if (matches > 0) counts[`${namespace}/${pod}`] = (counts[`${namespace}/${pod}`] ?? 0) + matches;
    }
    return {
      matches: found.matches.map(({ namespace, pod, container, time, text, before, after }) => ({
        namespace,
        pod,
        container,
        time,
        line: text,
        before: params.before > 0 ? before : undefined,
        after: params.after > 0 ? after : undefined,
      })),
      counts,
      total: found.total,
      truncated: found.truncated,
      podsSearched: started.length,
      linesSearched: found.counts.reduce((sum, item) => sum + item.lines, 0),
      unreadable: found.failures.length > 0 ? found.failures.map(failureOf) : undefined,
    };
  },
});

function containersToSearch(pod: KubeObject, wanted: string | undefined): string[] {
  return wanted === undefined ? containerNames(pod) : [chooseContainer(pod, wanted)];
}

function failureOf(failure: { namespace: string; pod: string; container: string; message: string }) {
  return { pod: `${failure.namespace}/${failure.pod}`, why: `${failure.container}: ${failure.message}` };
}

import { z } from 'zod';
import { defineCapability } from '../define.ts';
import { runningContainer } from './container.ts';
import { namespaceParam } from './schemas.ts';
import { getObject } from './target.ts';

export const exec = defineCapability({
  name: 'k8s.exec',
  effect: 'exec',
  summary: 'Run a command in a container and collect its output',
  details: 'No shell unless the command is one: ["sh", "-c", "…"]. Always needs approval',
  params: z.object({
    pod: z.string().min(1),
    namespace: namespaceParam,
    container: z.string().optional(),
    command: z.array(z.string()).min(1),
    maxBytes: z.int().min(1).max(10_000_000).default(1_000_000).describe('of output, each stream'),
  }),
  result: z.object({
    exitCode: z.number(),
    stdout: z.string(),
    stderr: z.string(),
    truncated: z.boolean(),
  }),
  examples: [
    {
      title: 'look into a container',
      code: "return (await k8s.exec({ pod: 'web-0', namespace: 'shop', command: ['ls', '-l', '/data'] })).stdout",
    },
  ],
  run: async (context, params) => {
    const pod = await getObject(context, { kind: 'Pod', name: params.pod, namespace: params.namespace });
    return context.cluster.exec(
      {
        namespace: pod.metadata.namespace ?? context.namespace,
        pod: params.pod,
        container: runningContainer(pod, params.container),
        command: params.command,
        maxBytes: params.maxBytes,
      },
      context.signal,
    );
  },
});

import { z } from 'zod';
import { ApiError } from '../../cluster/errors.ts';
import type { KubeObject } from '../../cluster/types.ts';
import { KvError } from '../../shared/errors.ts';
import { type CapabilityContext, defineCapability } from '../define.ts';
import { quantity } from '../quantity.ts';
import { anyNamespaceParam } from './schemas.ts';

const usage = z
  .object({
    used: z.number(),
    request: z.number().optional(),
    limit: z.number().optional().describe('of nodes: allocatable'),
    percent: z.number().optional().describe('of limit, else of request'),
  })
  .meta({ id: 'Usage' });

const topRow = z
  .object({
    name: z.string(),
    namespace: z.string().optional(),
    cpu: usage.describe('millicores'),
    memory: usage.describe('bytes'),
  })
  .meta({ id: 'TopRow' });

type TopRow = z.output<typeof topRow>;

export const top = defineCapability({
  name: 'k8s.top',
  effect: 'read',
  reuse: 'never',
  summary: 'CPU (millicores) and memory (bytes) of pods or nodes now, against requests and limits',
  details: 'Sorted by use, highest first. Rejects where the cluster has no metrics API',
  params: z.object({
    kind: z.enum(['pods', 'nodes']).default('pods'),
    namespace: anyNamespaceParam,
    labelSelector: z.string().optional(),
    sortBy: z.enum(['cpu', 'memory']).default('memory'),
    limit: z.int().min(1).max(50_000).default(100),
  }),
  result: z.object({ items: z.array(topRow), count: z.number(), truncated: z.boolean() }),
  examples: [
    { title: 'pods nearest to their memory', code: "return await k8s.top({ namespace: '*', limit: 10 })" },
    { title: 'node pressure', code: "return await k8s.top({ kind: 'nodes', sortBy: 'cpu' })" },
  ],
  run: async (context, params) => {
    const namespace = params.namespace ?? context.namespace;
    const rows =
      params.kind === 'pods' ? await podRows(context, namespace, params) : await nodeRows(context, params);
    rows.sort((a, b) => b[params.sortBy].used - a[params.sortBy].used);
    const items = rows.slice(0, params.limit);
    return { items, count: rows.length, truncated: rows.length > items.length };
  },
});

interface Selection {
  labelSelector?: string;
}

async function podRows(
  context: CapabilityContext,
  namespace: string,
  selection: Selection,
): Promise<TopRow[]> {
  const query = { namespace, labelSelector: selection.labelSelector };
  const [metrics, pods] = await Promise.all([
    metricsOf(context, { kind: 'pods.metrics.k8s.io', ...query }),
    context.cluster.listAll({ kind: 'Pod', ...query }, context.signal),
  ]);
  const specs = new Map(pods.items.map(pod => [keyOf(pod), pod]));
  return metrics.map(item => {
    const containers: Array<{ resources?: Record<string, Record<string, string>> }> =
      specs.get(keyOf(item))?.spec?.containers ?? [];
    const used = (resource: string) =>
      sum(
        (item.containers ?? []).map(
          (container: { usage?: Record<string, string> }) => container.usage?.[resource],
        ),
      );
    const asked = (side: string, resource: string) =>
      total(containers.map(container => container.resources?.[side]?.[resource]));
    return {
      name: item.metadata.name,
      namespace: item.metadata.namespace,
      cpu: usageOf(used('cpu'), asked('requests', 'cpu'), asked('limits', 'cpu'), 1000),
      memory: usageOf(used('memory'), asked('requests', 'memory'), asked('limits', 'memory'), 1),
    };
  });
}

async function nodeRows(context: CapabilityContext, selection: Selection): Promise<TopRow[]> {
  const { labelSelector } = selection;
  const [metrics, nodes, pods] = await Promise.all([
    metricsOf(context, { kind: 'nodes.metrics.k8s.io', labelSelector }),
    context.cluster.listAll({ kind: 'Node', labelSelector }, context.signal),
    context.cluster.listAll(
      { kind: 'Pod', namespace: '*', fields: ['spec.nodeName', 'spec.containers.resources', 'status.phase'] },
      context.signal,
    ),
  ]);
  const specs = new Map(nodes.items.map(node => [node.metadata.name, node]));
  return metrics.map(item => {
    const { name } = item.metadata;
    const allocatable = specs.get(name)?.status?.allocatable ?? {};
    const here = pods.items.filter(
      pod =>
        pod.spec?.nodeName === name && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed',
    );
    const asked = (resource: string) =>
      sum(
        here.flatMap(pod =>
          (pod.spec?.containers ?? []).map(
            (container: { resources?: { requests?: Record<string, string> } }) =>
              container.resources?.requests?.[resource],
          ),
        ),
      );
    return {
      name,
      cpu: usageOf(sum([item.usage?.cpu]), asked('cpu'), quantity(allocatable.cpu), 1000),
      memory: usageOf(sum([item.usage?.memory]), asked('memory'), quantity(allocatable.memory), 1),
    };
  });
}

async function metricsOf(
  context: CapabilityContext,
  query: { kind: string; namespace?: string; labelSelector?: string },
): Promise<KubeObject[]> {
  try {
    return (await context.cluster.listAll(query, context.signal)).items;
  } catch (error) {
    const absent =
      (error instanceof ApiError && [404, 503].includes(error.statusCode)) ||
      (error instanceof Error && error.name === 'UnknownKindError');
    if (!absent) throw error;
    throw new KvError('failed', 'The cluster serves no metrics (metrics.k8s.io is not available).', {
      hint: 'It comes with metrics-server. Requests and limits are in k8s.pods; OOM kills show there as lastExit.',
      cause: error,
    });
  }
}

function usageOf(
  used: number,
  request: number | undefined,
  limit: number | undefined,
  factor: number,
): TopRow['cpu'] {
  const scaled = (value: number | undefined) =>
    value === undefined ? undefined : Math.round(value * factor * 10) / 10;
  const base = limit ?? request;
  return {
    used: Math.round(used * factor * 10) / 10,
    request: scaled(request),
    limit: scaled(limit),
    percent: base ? Math.round((used / base) * 1000) / 10 : undefined,
  };
}

function sum(texts: unknown[]): number {
  return texts.reduce<number>((all, text) => all + (quantity(text) ?? 0), 0);
}

/** The sum when every container sets the value; a container without one makes the sum meaningless. */
function total(texts: unknown[]): number | undefined {
  return texts.length > 0 && texts.every(text => text !== undefined) ? sum(texts) : undefined;
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace}/${object.metadata.name}`;
}

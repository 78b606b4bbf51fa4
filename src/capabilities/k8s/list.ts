import { z } from 'zod';
import type { KubeObject } from '../../cluster/types.ts';
import { isRecord } from '../../shared/json.ts';
import { brief, rare } from '../brief.ts';
import { defineCapability } from '../define.ts';
import { globTest } from './glob.ts';
import { anyNamespaceParam, kindParam, kubeObject } from './schemas.ts';

export const list = defineCapability({
  name: 'k8s.list',
  effect: 'read',
  summary: 'List objects of any kind',
  brief: 'any kind or short name, CRDs too; for pods use k8s.pods',
  details: 'For pods prefer k8s.pods. Select `fields` to keep results small',
  params: z.object({
    kind: kindParam,
    namespace: anyNamespaceParam,
    name: brief(
      z.string().min(1).optional().describe("exact name, or with * as wildcard: 'checkout-*'"),
      "or 'checkout-*'",
    ),
    labelSelector: brief(z.string().optional().describe("'app=web,tier in (a,b)'"), ''),
    fieldSelector: rare(z.string().optional().describe("'spec.nodeName=node-1'")),
    fields: brief(
      z
        .array(z.string().min(1))
        .optional()
        .describe("dotted paths to keep, through arrays: ['spec.replicas', 'status.conditions.type']"),
      "keep only ['spec.replicas', 'status.conditions.type']",
    ),
    limit: brief(z.int().min(1).max(200_000).default(1000).describe('items at most'), ''),
    sortBy: rare(
      z.string().optional().describe("dotted path; '-' first for descending: '-metadata.creationTimestamp'"),
    ),
  }),
  result: z.object({ items: z.array(kubeObject), count: z.number(), truncated: rare(z.boolean()) }),
  examples: [
    {
      title: 'replicas of all deployments in all namespaces',
      code: "const { items } = await k8s.list({ kind: 'Deployment', namespace: '*', fields: ['spec.replicas', 'status.readyReplicas'] });",
    },
    {
      title: 'list namespaces',
      code: "return (await k8s.list({ kind: 'Namespace' })).items.map(n => n.metadata.name)",
    },
  ],
  run: async (context, params) => {
    const resource = await context.cluster.resolve(params.kind, context.signal);
    const namespace = params.namespace ?? context.namespace;
    const glob = params.name?.includes('*') ? globTest(params.name) : undefined;
    const exact = params.name && !glob ? `metadata.name=${params.name}` : undefined;
    const scanned = glob !== undefined || params.sortBy !== undefined;
    const found = await context.cluster.listAll(
      {
        kind: params.kind,
        namespace: resource.namespaced ? namespace : undefined,
        labelSelector: params.labelSelector,
        fieldSelector: [exact, params.fieldSelector].filter(Boolean).join(',') || undefined,
        fields: params.fields && fieldsToAsk(params.fields, params.sortBy, resource),
        // Filtering and sorting need everything before the limit can be applied.
        limit: scanned ? undefined : params.limit,
      },
      context.signal,
    );
    let items = glob ? found.items.filter(item => glob(item.metadata.name)) : found.items;
    // The order of hidden values would tell about them.
    if (params.sortBy)
      items = sorted(resource.kind === 'Secret' ? context.redact(items) : items, params.sortBy);
    const truncated = found.truncated || items.length > params.limit;
    items = items.slice(0, params.limit);
    return { items, count: items.length, truncated };
  },
});

/** Rows must stay recognisable; a Secret must stay recognisable as one, or its values could not be hidden. */
function fieldsToAsk(
  fields: string[],
  sortBy: string | undefined,
  resource: { kind: string; namespaced: boolean },
): string[] {
  const all = new Set([...fields, 'metadata.name']);
  if (resource.namespaced) all.add('metadata.namespace');
  if (sortBy) all.add(sortBy.replace(/^-/, ''));
  if (resource.kind === 'Secret') for (const field of ['apiVersion', 'kind', 'type']) all.add(field);
  return [...all];
}

function sorted(items: KubeObject[], sortBy: string): KubeObject[] {
  const descending = sortBy.startsWith('-');
  const path = sortBy.replace(/^-/, '').split('.');
  const keyed = items.map(item => ({ item, key: sortKey(item, path) }));
  keyed.sort((a, b) => compare(a.key, b.key) * (descending ? -1 : 1));
  return keyed.map(entry => entry.item);
}

/** The value at a path; of an array the largest number, or the first text. */
function sortKey(value: unknown, path: string[]): number | string {
  if (Array.isArray(value)) {
    const keys = value.map(entry => sortKey(entry, path));
    const numbers = keys.filter(key => typeof key === 'number');
    return numbers.length > 0 ? Math.max(...numbers) : (keys[0] ?? '');
  }
  if (path.length === 0) return typeof value === 'number' ? value : String(value ?? '');
  return isRecord(value) ? sortKey(value[path[0]!], path.slice(1)) : '';
}

function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

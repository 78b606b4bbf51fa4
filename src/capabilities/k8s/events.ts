import { z } from 'zod';
import type { KubeObject } from '../../cluster/types.ts';
import { brief, rare } from '../brief.ts';
import { defineCapability } from '../define.ts';
import { globTest } from './glob.ts';
import { anyNamespaceParam } from './schemas.ts';

const eventRow = z
  .object({
    lastSeen: brief(z.string().describe('RFC 3339'), ''),
    type: brief(z.string().describe('Normal or Warning'), ''),
    reason: z.string(),
    object: brief(z.string().describe('Pod/checkout-1'), "'Pod/checkout-1'"),
    namespace: z.string(),
    message: z.string(),
    count: z.number(),
    firstSeen: rare(z.string().optional()),
  })
  .meta({ id: 'EventRow' });

type EventRow = z.output<typeof eventRow>;

export const events = defineCapability({
  name: 'k8s.events',
  effect: 'read',
  summary: 'Events of a namespace or of one object, deduplicated and counted, newest first',
  brief: 'newest first, deduplicated; some failures are of type Normal',
  details:
    'name matches exactly, or with * as wildcard. Some failures are of type Normal (FailedBinding of a PVC), so filter by type only for an overview',
  params: z.object({
    namespace: anyNamespaceParam,
    name: brief(
      z.string().optional().describe("object's name: 'checkout-1' or 'checkout*'"),
      "'checkout-1', 'checkout*'",
    ),
    kind: brief(z.string().optional().describe("object's kind: 'Pod'"), ''),
    type: brief(z.enum(['Normal', 'Warning']).optional().describe('ignored when name is given'), ''),
    sinceSeconds: brief(z.int().min(1).optional().describe('seen within the last seconds'), ''),
    limit: rare(z.int().min(1).max(10_000).default(100)),
  }),
  result: z.object({ items: z.array(eventRow), count: z.number(), truncated: rare(z.boolean()) }),
  examples: [
    {
      title: 'why a pod does not start',
      code: "return await k8s.events({ namespace: 'shop', name: 'checkout*' })",
    },
    {
      title: 'warnings of the last ten minutes everywhere',
      code: "return await k8s.events({ namespace: '*', type: 'Warning', sinceSeconds: 600 })",
    },
  ],
  run: async (context, params) => {
    const namespace = params.namespace ?? context.namespace;
    const name = params.name?.includes('/') ? params.name.slice(params.name.indexOf('/') + 1) : params.name;
    const kind = params.kind ? (await context.cluster.resolve(params.kind, context.signal)).kind : undefined;
    // Events of cluster-scoped objects are kept in the namespace "default".
    const clusterScoped = kind === 'Node' || kind === 'PersistentVolume' || kind === 'Namespace';
    const selectors = [
      name && !name.includes('*') ? `involvedObject.name=${name}` : undefined,
      kind ? `involvedObject.kind=${kind}` : undefined,
    ];
    const found = await context.cluster.listAll(
      {
        kind: 'events',
        namespace: clusterScoped ? '*' : namespace,
        fieldSelector: selectors.filter(Boolean).join(',') || undefined,
      },
      context.signal,
    );
    const matches = nameTest(name);
    const since = params.sinceSeconds === undefined ? 0 : context.now() - params.sinceSeconds * 1000;
    const rows = merge(found.items.map(rowOf)).filter(
      row =>
        matches(row.object.slice(row.object.indexOf('/') + 1)) &&
        (name !== undefined || params.type === undefined || row.type === params.type) &&
        Date.parse(row.lastSeen) >= since,
    );
    rows.sort((a, b) => Date.parse(b.lastSeen) - Date.parse(a.lastSeen));
    const items = rows.slice(0, params.limit);
    return { items, count: rows.length, truncated: found.truncated || rows.length > items.length };
  },
});

function nameTest(name: string | undefined): (candidate: string) => boolean {
  if (name === undefined) return () => true;
  if (!name.includes('*')) return candidate => candidate === name;
  return globTest(name);
}

/** Both the old fields (count, lastTimestamp) and the new (series, eventTime) are in use, often in one cluster. */
function rowOf(event: KubeObject): EventRow {
  const target: { kind?: string; name?: string; namespace?: string } =
    event.involvedObject ?? event.regarding ?? {};
  const first: string = event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '';
  const last: string = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? first;
  return {
    lastSeen: last,
    type: event.type ?? 'Normal',
    reason: event.reason ?? '',
    object: `${target.kind ?? '?'}/${target.name ?? '?'}`,
    namespace: target.namespace ?? event.metadata.namespace ?? '',
    message: String(event.message ?? event.note ?? '').trim(),
    count: event.series?.count ?? event.count ?? 1,
    firstSeen: first === last ? undefined : first,
  };
}

function merge(rows: EventRow[]): EventRow[] {
  const merged = new Map<string, EventRow>();
  for (const row of rows) {
    const key = [row.type, row.reason, row.namespace, row.object, row.message].join('\u0000');
    const known = merged.get(key);
    if (!known) {
      merged.set(key, row);
      continue;
    }
    const times = [
      known.firstSeen ?? known.lastSeen,
      row.firstSeen ?? row.lastSeen,
      known.lastSeen,
      row.lastSeen,
    ];
    times.sort((a, b) => Date.parse(a) - Date.parse(b));
    known.count += row.count;
    known.lastSeen = times.at(-1)!;
    known.firstSeen = times[0] === times.at(-1) ? undefined : times[0];
  }
  return [...merged.values()];
}

import { z } from 'zod';
import { podColumns } from '../../cluster/pod-status.ts';
import type { KubeObject, OwnerReference } from '../../cluster/types.ts';
import { type CapabilityContext, defineCapability } from '../define.ts';
import { podsOfObject } from './pod-select.ts';
import { kindParam, namespaceParam } from './schemas.ts';
import { getObject, quietly } from './target.ts';

const NODES_MAX = 500;
const DEPTH_MAX = 5;

const related = z
  .object({
    kind: z.string(),
    name: z.string(),
    namespace: z.string().optional(),
    status: z.string().optional().describe('Running 1/1, 2/3 ready, Bound, missing, …'),
  })
  .meta({ id: 'RelatedObject' });

type Related = z.output<typeof related>;

export const owners = defineCapability({
  name: 'k8s.owners',
  effect: 'read',
  summary: 'The chain of owners above an object, nearest first: Pod → ReplicaSet → Deployment',
  params: z.object({ kind: kindParam, name: z.string().min(1), namespace: namespaceParam }),
  result: z.object({ items: z.array(related) }),
  examples: [
    {
      title: 'which workload a pod belongs to',
      code: "return (await k8s.owners({ kind: 'Pod', name: 'checkout-9db-x1', namespace: 'shop' })).items.at(-1)",
    },
  ],
  run: async (context, params) => {
    const items: Related[] = [];
    let object: KubeObject | undefined = await getObject(context, params);
    while (object && items.length < DEPTH_MAX * 2) {
      const references: OwnerReference[] = object.metadata.ownerReferences ?? [];
      const owner = references.find(reference => reference.controller) ?? references[0];
      if (!owner) break;
      const namespace: string | undefined = object.metadata.namespace;
      const kind = `${owner.apiVersion} ${owner.kind}`;
      const found: KubeObject | undefined = await quietly(context, () =>
        context.cluster.get({ kind, name: owner.name, namespace }, context.signal),
      );
      items.push(
        found ? relatedOf(found) : { kind: owner.kind, name: owner.name, namespace, status: 'missing' },
      );
      object = found;
    }
    return { items };
  },
});

export const children = defineCapability({
  name: 'k8s.children',
  effect: 'read',
  summary:
    'What hangs below an object, flat with depth: Deployment → ReplicaSet → Pod, Service → Pod, HPA → target',
  details:
    'Follows owner references, selectors of Services, claims of PVCs, targets of HPAs and backends of Ingresses',
  params: z.object({ kind: kindParam, name: z.string().min(1), namespace: namespaceParam }),
  result: z.object({
    items: z.array(related.extend({ depth: z.number().describe('1 = direct child'), parent: z.string() })),
    truncated: z.boolean(),
  }),
  examples: [
    {
      title: 'pods behind a service',
      code: "return await k8s.children({ kind: 'Service', name: 'frontend', namespace: 'shop' })",
    },
  ],
  run: async (context, params) => {
    const root = await getObject(context, params);
    const items: Array<Related & { depth: number; parent: string }> = [];
    const seen = new Set([idOf(root)]);
    const visit = async (parent: KubeObject, depth: number): Promise<void> => {
      if (depth > DEPTH_MAX) return;
      for (const child of await childrenOf(context, parent)) {
        if (seen.has(idOf(child)) || items.length >= NODES_MAX) continue;
        seen.add(idOf(child));
        items.push({ ...relatedOf(child), depth, parent: `${parent.kind}/${parent.metadata.name}` });
        await visit(child, depth + 1);
      }
    };
    await visit(root, 1);
    return { items, truncated: items.length >= NODES_MAX };
  },
});

/** Kinds that an owner of this kind makes; every other owner (custom resources) may make any of the last list. */
const OWNED: Record<string, string[]> = {
  Deployment: ['ReplicaSet'],
  ReplicaSet: ['Pod'],
  ReplicationController: ['Pod'],
  StatefulSet: ['Pod'],
  DaemonSet: ['Pod'],
  CronJob: ['Job'],
  Job: ['Pod'],
  Pod: [],
  ConfigMap: [],
  Secret: [],
};
const OWNED_BY_OTHERS = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'CronJob',
  'Job',
  'Pod',
  'Service',
];

async function childrenOf(context: CapabilityContext, parent: KubeObject): Promise<KubeObject[]> {
  const namespace = parent.metadata.namespace ?? '*';
  const pointed = await pointedAt(context, parent);
  if (pointed) return pointed;
  const kinds = OWNED[parent.kind] ?? OWNED_BY_OTHERS;
  const lists = await Promise.all(
    kinds.map(kind => quietly(context, () => context.cluster.listAll({ kind, namespace }, context.signal))),
  );
  return lists
    .flatMap((list, index) =>
      (list?.items ?? []).map(item => ({ ...item, kind: item.kind ?? kinds[index]! })),
    )
    .filter(item => (item.metadata.ownerReferences ?? []).some(owner => owner.uid === parent.metadata.uid));
}

/** Relations that are written as references or selectors instead of owner references; undefined for other kinds. */
async function pointedAt(context: CapabilityContext, parent: KubeObject): Promise<KubeObject[] | undefined> {
  const namespace = parent.metadata.namespace ?? '*';
  const fetch = async (kind: string, name: string | undefined): Promise<KubeObject[]> => {
    if (!name) return [];
    const found: KubeObject | undefined = await quietly(context, () =>
      context.cluster.get({ kind, name, namespace }, context.signal),
    );
    return [found ?? { apiVersion: '', kind, metadata: { name, namespace, missing: true } }];
  };
  switch (parent.kind) {
    case 'Service':
    case 'Node':
      return pods(context, parent, namespace);
    case 'PersistentVolumeClaim':
      return [
        ...(await fetch('PersistentVolume', parent.spec?.volumeName)),
        ...(await pods(context, parent, namespace)),
      ];
    case 'HorizontalPodAutoscaler':
      return fetch(parent.spec?.scaleTargetRef?.kind ?? 'Deployment', parent.spec?.scaleTargetRef?.name);
    case 'Ingress':
      return (await Promise.all([...backendsOf(parent)].map(name => fetch('Service', name)))).flat();
    default:
      return undefined;
  }
}

async function pods(
  context: CapabilityContext,
  parent: KubeObject,
  namespace: string,
): Promise<KubeObject[]> {
  const { items } = await podsOfObject(context, parent, namespace);
  return items.map(item => ({ ...item, kind: 'Pod' }));
}

function backendsOf(ingress: KubeObject): Set<string> {
  const names = new Set<string>();
  const add = (backend: { service?: { name?: string } } | undefined) => {
    if (backend?.service?.name) names.add(backend.service.name);
  };
  add(ingress.spec?.defaultBackend);
  for (const rule of ingress.spec?.rules ?? []) for (const path of rule.http?.paths ?? []) add(path.backend);
  return names;
}

function idOf(object: KubeObject): string {
  return object.metadata.uid ?? `${object.kind}/${object.metadata.namespace}/${object.metadata.name}`;
}

function relatedOf(object: KubeObject): Related {
  return {
    kind: object.kind,
    name: object.metadata.name,
    namespace: object.metadata.namespace,
    status: object.metadata.missing ? 'missing' : statusOf(object),
  };
}

function statusOf(object: KubeObject): string | undefined {
  const { spec, status } = object;
  switch (object.kind) {
    case 'Pod': {
      const columns = podColumns(object);
      return `${columns.status} ${columns.ready}/${columns.containers}`;
    }
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'ReplicationController':
      return `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 1} ready`;
    case 'DaemonSet':
      return `${status?.numberReady ?? 0}/${status?.desiredNumberScheduled ?? 0} ready`;
    case 'Job':
      return `${status?.succeeded ?? 0} succeeded, ${status?.failed ?? 0} failed, ${status?.active ?? 0} active`;
    case 'CronJob':
      return spec?.suspend ? 'suspended' : `schedule ${spec?.schedule}`;
    default:
      return typeof status?.phase === 'string' ? status.phase : undefined;
  }
}

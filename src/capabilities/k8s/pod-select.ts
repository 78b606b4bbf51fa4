import type { KubeObject } from '../../cluster/types.ts';
import { KvError } from '../../shared/errors.ts';
import type { CapabilityContext } from '../define.ts';
import { mapSelectorText, selectorText } from './selectors.ts';
import { getObject, parseRef } from './target.ts';

/** Pods that a question is about: all of a namespace, those a selector matches, or those of one workload. */
export interface PodSelection {
  namespace?: string;
  labelSelector?: string;
  /** `deployment/checkout`, `service/frontend`, `job/…`: whatever selects or owns pods. */
  owner?: string;
  limit?: number;
  fields?: string[];
}

export interface SelectedPods {
  items: KubeObject[];
  truncated: boolean;
  /** Why there are none, where that is not plain. */
  note?: string;
}

/** Lists the selected pods. A namespace that does not exist rejects instead of answering an empty list. */
export async function selectPods(context: CapabilityContext, selection: PodSelection): Promise<SelectedPods> {
  const namespace = selection.namespace ?? context.namespace;
  if (selection.owner) return podsOfOwner(context, selection.owner, namespace, selection);
  return context.cluster.listAll(
    {
      kind: 'Pod',
      namespace,
      labelSelector: selection.labelSelector,
      limit: selection.limit,
      fields: selection.fields,
    },
    context.signal,
  );
}

async function podsOfOwner(
  context: CapabilityContext,
  owner: string,
  namespace: string,
  selection: PodSelection,
): Promise<SelectedPods> {
  const { kind, name } = parseRef(owner);
  if (!kind) {
    throw new KvError('failed', `Owner "${owner}" names no kind.`, {
      hint: `Write it as 'deployment/${owner}'.`,
    });
  }
  if (namespace === '*') {
    throw new KvError('failed', `Pods of ${owner} need one namespace, not '*'.`, {
      hint: "Find it with k8s.list({ kind, namespace: '*', name }).",
    });
  }
  const object = await getObject(context, { kind, name, namespace });
  if (object.kind === 'Pod') return { items: [object], truncated: false };
  return podsOfObject(context, object, namespace, selection);
}

/** The pods that an object selects (workloads, services, PDBs) or mounts, schedules or owns (PVC, node, CronJob). */
export async function podsOfObject(
  context: CapabilityContext,
  object: KubeObject,
  namespace: string,
  options: { labelSelector?: string; limit?: number; fields?: string[] } = {},
): Promise<SelectedPods> {
  const list = (query: { labelSelector?: string; fieldSelector?: string; namespace?: string }) =>
    context.cluster.listAll(
      {
        kind: 'Pod',
        namespace,
        limit: options.limit,
        fields: options.fields,
        ...query,
        labelSelector: [query.labelSelector, options.labelSelector].filter(Boolean).join(',') || undefined,
      },
      context.signal,
    );
  const { kind } = object;
  const name = object.metadata.name;
  if (kind === 'Node') return list({ namespace: '*', fieldSelector: `spec.nodeName=${name}` });
  if (kind === 'Namespace') return list({ namespace: name });
  if (kind === 'PersistentVolumeClaim') {
    return filtered(await list({}), pod =>
      (pod.spec?.volumes ?? []).some(
        (volume: { persistentVolumeClaim?: { claimName?: string } }) =>
          volume.persistentVolumeClaim?.claimName === name,
      ),
    );
  }
  if (kind === 'CronJob') {
    const jobs = await context.cluster.listAll({ kind: 'Job', namespace }, context.signal);
    const mine = new Set(jobs.items.filter(job => isOwnedBy(job, object)).map(job => job.metadata.uid));
    return filtered(await list({}), pod =>
      (pod.metadata.ownerReferences ?? []).some(owner => mine.has(owner.uid)),
    );
  }
  const selector = object.spec?.selector;
  const plain = kind === 'Service' || kind === 'ReplicationController';
  const labelSelector = plain ? mapSelectorText(selector) : selectorText(selector);
  if (labelSelector) {
    const pods = await list({ labelSelector });
    // Selectors of two workloads may overlap; a ReplicaSet, StatefulSet or Job owns its pods by uid.
    const mine = ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'].includes(kind)
      ? filtered(pods, pod => isOwnedBy(pod, object))
      : pods;
    if (mine.items.length > 0) return mine;
    return { ...mine, note: `no pod in ${namespace} matches ${labelSelector} of ${kind}/${name}` };
  }
  if (plain) return { items: [], truncated: false, note: `${kind}/${name} has no selector` };
  return filtered(await list({}), pod => isOwnedBy(pod, object));
}

function isOwnedBy(child: KubeObject, parent: KubeObject): boolean {
  const { uid, name } = parent.metadata;
  return (child.metadata.ownerReferences ?? []).some(owner =>
    uid ? owner.uid === uid : owner.kind === parent.kind && owner.name === name,
  );
}

function filtered(
  list: { items: KubeObject[]; truncated: boolean },
  keep: (pod: KubeObject) => boolean,
): { items: KubeObject[]; truncated: boolean } {
  return { items: list.items.filter(keep), truncated: list.truncated };
}

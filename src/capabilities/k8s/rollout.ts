import { createTwoFilesPatch } from 'diff';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { KubeObject } from '../../cluster/types.ts';
import { KvError } from '../../shared/errors.ts';
import { type CapabilityContext, defineCapability } from '../define.ts';
import { rolloutState } from './rollout-state.ts';
import { namespaceParam } from './schemas.ts';
import { getObject } from './target.ts';

const workloadParams = {
  kind: z.string().default('Deployment').describe('Deployment, StatefulSet or DaemonSet'),
  name: z.string().min(1),
  namespace: namespaceParam,
};

export const rolloutStatus = defineCapability({
  name: 'k8s.rolloutStatus',
  effect: 'read',
  reuse: 'never',
  summary: 'Whether a rollout is done, going on or stuck, and why',
  details: "To wait for it use k8s.wait({ for: 'rollout' })",
  params: z.object(workloadParams),
  result: z.object({
    done: z.boolean(),
    failed: z.boolean(),
    message: z.string(),
    desired: z.number(),
    updated: z.number(),
    ready: z.number(),
    available: z.number(),
  }),
  examples: [
    {
      title: 'is it rolled out',
      code: "return await k8s.rolloutStatus({ name: 'checkout', namespace: 'shop' })",
    },
  ],
  run: async (context, params) => rolloutState(await workload(context, params)),
});

export const rolloutHistory = defineCapability({
  name: 'k8s.rolloutHistory',
  effect: 'read',
  summary: 'Revisions of a workload, newest first, with what changed in the pod template',
  params: z.object({ ...workloadParams, limit: z.int().min(1).max(100).default(5) }),
  result: z.object({
    items: z.array(
      z.object({
        revision: z.number(),
        createdAt: z.string(),
        current: z.boolean(),
        images: z.array(z.string()),
        cause: z.string().optional().describe('kubernetes.io/change-cause'),
        diff: z.string().optional().describe('unified diff of the pod template against the revision before'),
      }),
    ),
  }),
  examples: [
    {
      title: 'what the last rollout changed',
      code: "return (await k8s.rolloutHistory({ name: 'checkout', namespace: 'shop' })).items[0]?.diff",
    },
  ],
  run: async (context, params) => {
    const owner = await workload(context, params);
    const revisions = await revisionsOf(context, owner);
    const newest = revisions[0]?.revision;
    return {
      items: revisions.slice(0, params.limit).map((item, index) => {
        const before = revisions[index + 1];
        return {
          revision: item.revision,
          createdAt: item.createdAt,
          current: item.revision === newest,
          images: imagesOf(item.template),
          cause: item.cause,
          diff: before && templateDiff(before, item),
        };
      }),
    };
  },
});

async function workload(
  context: CapabilityContext,
  params: { kind: string; name: string; namespace?: string },
): Promise<KubeObject> {
  const object = await getObject(context, params);
  if (!['Deployment', 'StatefulSet', 'DaemonSet'].includes(object.kind)) {
    throw new KvError('failed', `A ${object.kind} has no rollouts.`, {
      hint: 'Deployments, StatefulSets and DaemonSets have.',
    });
  }
  return object;
}

interface Revision {
  revision: number;
  createdAt: string;
  template: unknown;
  cause?: string;
}

async function revisionsOf(context: CapabilityContext, owner: KubeObject): Promise<Revision[]> {
  const kind = owner.kind === 'Deployment' ? 'replicasets.apps' : 'controllerrevisions.apps';
  const { namespace, uid } = owner.metadata;
  const { items } = await context.cluster.listAll({ kind, namespace }, context.signal);
  const mine = items.filter(item => item.metadata.ownerReferences?.some(reference => reference.uid === uid));
  const revisions = mine.map(item => ({
    revision: Number(item.revision ?? item.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0),
    createdAt: item.metadata.creationTimestamp ?? '',
    template: item.data?.spec?.template ?? item.spec?.template,
    cause: item.metadata.annotations?.['kubernetes.io/change-cause'],
  }));
  return revisions.sort((a, b) => b.revision - a.revision);
}

function templateDiff(before: Revision, after: Revision): string {
  const text = createTwoFilesPatch(
    `revision ${before.revision}`,
    `revision ${after.revision}`,
    templateYaml(before.template),
    templateYaml(after.template),
    undefined,
    undefined,
    { context: 2 },
  );
  return text.replace(/^=+\n/, '');
}

function templateYaml(template: unknown): string {
  return stringify(template, (key, value: unknown) => (key === 'pod-template-hash' ? undefined : value), {
    sortMapEntries: true,
  });
}

function imagesOf(template: unknown): string[] {
  const spec = (template as { spec?: { containers?: Array<{ image?: string }> } } | undefined)?.spec;
  return (spec?.containers ?? []).map(container => container.image ?? '');
}

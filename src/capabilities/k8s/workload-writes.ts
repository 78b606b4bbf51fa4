import { z } from 'zod';
import type { KubeObject } from '../../cluster/types.ts';
import { KvError } from '../../shared/errors.ts';
import { nearest } from '../../shared/nearest.ts';
import { defineCapability } from '../define.ts';
import { patchObject } from './change.ts';
import { changeResult, namespaceParam } from './schemas.ts';
import { getObject } from './target.ts';

const target = {
  kind: z.string().default('Deployment').describe('kind of the workload'),
  name: z.string().min(1),
  namespace: namespaceParam,
};

export const scale = defineCapability({
  name: 'k8s.scale',
  effect: 'write',
  summary: 'Set the number of replicas',
  params: z.object({ ...target, replicas: z.int().min(0).max(100_000) }),
  result: changeResult,
  examples: [
    {
      title: 'scale out',
      code: "return await k8s.scale({ name: 'frontend', namespace: 'shop', replicas: 4 })",
    },
  ],
  run: async (context, params) => {
    const before = await getObject(context, params);
    const result = await patchObject(
      context,
      params,
      { type: 'merge', body: { spec: { replicas: params.replicas } } },
      { before, subresource: 'scale' },
    );
    return { ...result, changed: before.spec?.replicas !== params.replicas };
  },
});

export const restart = defineCapability({
  name: 'k8s.restart',
  effect: 'write',
  summary: 'Restart the pods of a workload by a rolling update',
  params: z.object(target),
  result: changeResult,
  examples: [{ title: 'restart', code: "return await k8s.restart({ name: 'checkout', namespace: 'shop' })" }],
  run: async (context, params) => {
    const before = await getObject(context, params);
    if (!before.spec?.template) {
      throw new KvError('failed', `A ${before.kind} has no pod template to restart.`, {
        hint: 'Restart its Deployment, StatefulSet or DaemonSet; see k8s.owners.',
      });
    }
    const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date(context.now()).toISOString() };
    const body = { spec: { template: { metadata: { annotations } } } };
    return patchObject(context, params, { type: 'merge', body }, { before });
  },
});

export const setImage = defineCapability({
  name: 'k8s.setImage',
  effect: 'write',
  summary: "Change a container's image",
  params: z.object({
    ...target,
    container: z.string().optional().describe('needed when there are several'),
    image: z.string().min(1),
  }),
  result: changeResult,
  examples: [
    {
      title: 'roll back to a version that exists',
      code: "return await k8s.setImage({ name: 'catalog', namespace: 'shop', image: 'registry.local/shop/catalog:v8' })",
    },
  ],
  run: async (context, params) => {
    const before = await getObject(context, params);
    const { path, index, name } = findContainer(before, params.container);
    const at = `${path}/${index}`;
    const body = [
      { op: 'test', path: `${at}/name`, value: name },
      { op: 'replace', path: `${at}/image`, value: params.image },
    ];
    return patchObject(context, params, { type: 'json', body }, { before });
  },
});

function findContainer(
  workload: KubeObject,
  wanted: string | undefined,
): { path: string; index: number; name: string } {
  const { base, spec } = podSpecOf(workload);
  const all = ['containers', 'initContainers'].flatMap(list =>
    (spec?.[list] ?? []).map((container: { name: string }, index: number) => ({
      path: `${base}/${list}`,
      index,
      name: container.name,
    })),
  );
  const names = all.map(item => item.name);
  const main = all.filter(item => item.path.endsWith('/containers'));
  const found = wanted === undefined && main.length === 1 ? main[0] : all.find(item => item.name === wanted);
  if (found) return found;
  const label = `${workload.kind} "${workload.metadata.name}"`;
  if (wanted === undefined) {
    throw new KvError('failed', `${label} has several containers.`, {
      hint: `Name one of: ${names.join(', ')}.`,
    });
  }
  const near = nearest(wanted, names, 1)[0];
  throw new KvError('failed', `${label} has no container "${wanted}".`, {
    hint: near ? `Did you mean "${near}"? It has: ${names.join(', ')}.` : `It has: ${names.join(', ')}.`,
  });
}

function podSpecOf(workload: KubeObject): { base: string; spec: Record<string, []> | undefined } {
  if (workload.kind === 'Pod') return { base: '/spec', spec: workload.spec };
  if (workload.kind === 'CronJob') {
    return {
      base: '/spec/jobTemplate/spec/template/spec',
      spec: workload.spec?.jobTemplate?.spec?.template?.spec,
    };
  }
  return { base: '/spec/template/spec', spec: workload.spec?.template?.spec };
}

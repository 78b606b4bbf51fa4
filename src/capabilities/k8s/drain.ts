import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { ApiError } from '../../cluster/errors.ts';
import type { KubeObject } from '../../cluster/types.ts';
import { KvError } from '../../shared/errors.ts';
import { type CapabilityContext, defineCapability, type PlannedRequest } from '../define.ts';
import { patchObject } from './change.ts';
import { deadlineSignal } from './deadline.ts';
import { changeResult } from './schemas.ts';
import { getObject } from './target.ts';

const node = { name: z.string().min(1).describe("the node's name") };
/** kubectl's own interval between tries of an eviction that a disruption budget forbids. */
const RETRY_MS = 5_000;

export const cordon = defineCapability({
  name: 'k8s.cordon',
  effect: 'write',
  summary: 'Mark a node unschedulable',
  params: z.object(node),
  result: changeResult,
  examples: [{ title: 'cordon', code: "return await k8s.cordon({ name: 'node-1' })" }],
  run: (context, params) => setSchedulable(context, params.name, false),
});

export const uncordon = defineCapability({
  name: 'k8s.uncordon',
  effect: 'write',
  summary: 'Mark a node schedulable again',
  params: z.object(node),
  result: changeResult,
  examples: [{ title: 'uncordon', code: "return await k8s.uncordon({ name: 'node-1' })" }],
  run: (context, params) => setSchedulable(context, params.name, true),
});

function setSchedulable(context: CapabilityContext, name: string, schedulable: boolean) {
  const body = { spec: { unschedulable: schedulable ? null : true } };
  return patchObject(context, { kind: 'Node', name }, { type: 'merge', body });
}

export const drain = defineCapability({
  name: 'k8s.drain',
  effect: 'delete',
  summary: 'Cordon a node and evict its pods, asking once',
  details: 'Skips DaemonSet and mirror pods; waits for disruption budgets until the deadline',
  params: z.object({
    ...node,
    timeoutSeconds: z.number().positive().max(3600).default(120),
    force: z.boolean().default(false).describe('also pods that nothing would recreate'),
    gracePeriodSeconds: z.int().min(0).optional(),
  }),
  result: z.object({
    node: z.string(),
    evicted: z.array(z.string()).describe('namespace/name'),
    skipped: z.array(z.object({ pod: z.string(), why: z.string() })),
    blocked: z.array(z.object({ pod: z.string(), why: z.string() })).describe('not evicted at the deadline'),
    remaining: z.array(z.string()).describe('evicted, still terminating at the deadline'),
  }),
  examples: [{ title: 'drain', code: "return await k8s.drain({ name: 'node-1', timeoutSeconds: 300 })" }],
  run: async (context, params) => {
    const target = await getObject(context, { kind: 'Node', name: params.name });
    const pods = await podsOn(context, params.name);
    const { evict, skip } = sortOut(pods, params.force, params.name);
    const evictions = evict.map(pod => ({ pod, request: evictionOf(pod, params.gracePeriodSeconds) }));
    const cordonRequest = target.spec?.unschedulable ? undefined : cordonOf(params.name);
    const planned = [...(cordonRequest ? [cordonRequest] : []), ...evictions.map(item => item.request)];
    if (planned.length > 0) await context.approve(planned);
    if (cordonRequest) await send(context, cordonRequest);

    const deadline = context.now() + params.timeoutSeconds * 1000;
    const evicted: KubeObject[] = [];
    const blocked: Array<{ pod: string; why: string }> = [];
    await Promise.all(
      evictions.map(async ({ pod, request }) => {
        const why = await evictUntil(context, request, deadline);
        if (why === undefined) evicted.push(pod);
        else blocked.push({ pod: nameOf(pod), why });
        context.progress(`${evicted.length} of ${evictions.length} pods evicted`);
      }),
    );
    const remaining = await waitGone(context, params.name, evicted, deadline);
    return { node: params.name, evicted: evicted.map(nameOf), skipped: skip, blocked, remaining };
  },
});

async function podsOn(context: CapabilityContext, name: string): Promise<KubeObject[]> {
  const query = { kind: 'Pod', namespace: '*', fieldSelector: `spec.nodeName=${name}` };
  return (await context.cluster.listAll(query, context.signal)).items;
}

function sortOut(
  pods: KubeObject[],
  force: boolean,
  node: string,
): { evict: KubeObject[]; skip: Array<{ pod: string; why: string }> } {
  const evict: KubeObject[] = [];
  const skip: Array<{ pod: string; why: string }> = [];
  const bare: KubeObject[] = [];
  for (const pod of pods) {
    const controller = pod.metadata.ownerReferences?.find(owner => owner.controller);
    const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) {
      skip.push({ pod: nameOf(pod), why: 'static pod of the node' });
    } else if (controller?.kind === 'DaemonSet' && !over) {
      skip.push({ pod: nameOf(pod), why: `DaemonSet ${controller.name} would recreate it here` });
    } else if (!controller && !over && !force) bare.push(pod);
    else evict.push(pod);
  }
  if (bare.length > 0) {
    throw new KvError(
      'failed',
      `Nothing would recreate these pods of ${node}: ${bare.map(nameOf).join(', ')}.`,
      {
        hint: 'Pass force: true to evict them all the same; nothing was changed.',
        facts: { pods: bare.map(nameOf) },
      },
    );
  }
  return { evict, skip };
}

function cordonOf(name: string): PlannedRequest {
  return {
    method: 'PATCH',
    path: `/api/v1/nodes/${encodeURIComponent(name)}`,
    body: { spec: { unschedulable: true } },
    contentType: 'application/merge-patch+json',
  };
}

function evictionOf(pod: KubeObject, gracePeriodSeconds: number | undefined): PlannedRequest {
  const { name, namespace = '' } = pod.metadata;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/eviction`;
  const deleteOptions = gracePeriodSeconds === undefined ? undefined : { gracePeriodSeconds };
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions };
  return { method: 'POST', path, body };
}

async function send(context: CapabilityContext, request: PlannedRequest): Promise<void> {
  const response = await context.cluster.request({ ...request, signal: context.signal });
  for await (const _ of response.body);
}

/** Tries until the budget allows it or the deadline has passed; the reason when it was not evicted. */
async function evictUntil(
  context: CapabilityContext,
  request: PlannedRequest,
  deadline: number,
): Promise<string | undefined> {
  for (;;) {
    try {
      await send(context, request);
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.statusCode === 404) return undefined;
      const wait = Math.min((error.status.details?.retryAfterSeconds ?? 0) * 1000 || RETRY_MS, RETRY_MS);
      if (error.statusCode !== 429 || context.now() + wait > deadline) return error.message;
      await delay(wait, undefined, { signal: context.signal });
    }
  }
}

/** Waits, by watch, until the evicted pods have left the node; the ones that have not at the deadline. */
async function waitGone(
  context: CapabilityContext,
  name: string,
  evicted: KubeObject[],
  deadline: number,
): Promise<string[]> {
  const wanted = new Set(evicted.map(pod => pod.metadata.uid));
  const query = { kind: 'Pod', namespace: '*', fieldSelector: `spec.nodeName=${name}` };
  const stillHere = async () => {
    const list = await context.cluster.listAll(query, context.signal);
    const left = new Map(
      list.items.flatMap(pod => (wanted.has(pod.metadata.uid) ? [[pod.metadata.uid, pod]] : [])) as Array<
        [string, KubeObject]
      >,
    );
    return { left, resourceVersion: list.resourceVersion };
  };
  const { left, resourceVersion } = await stillHere();
  const ms = deadline - context.now();
  if (left.size === 0 || ms <= 0) return [...left.values()].map(nameOf);
  const timeout = deadlineSignal(context.signal, ms);
  try {
    for await (const event of context.cluster.watch({ ...query, resourceVersion }, timeout.signal)) {
      if (event.type === 'DELETED' && event.object.metadata.uid) left.delete(event.object.metadata.uid);
      if (left.size === 0) return [];
    }
  } catch (error) {
    if (!timeout.passed()) throw error;
  } finally {
    timeout.clear();
  }
  context.signal.throwIfAborted();
  return [...(await stillHere()).left.values()].map(nameOf);
}

function nameOf(pod: KubeObject): string {
  return `${pod.metadata.namespace}/${pod.metadata.name}`;
}

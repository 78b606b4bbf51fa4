import { z } from 'zod';
import { ApiError } from '../../cluster/errors.ts';
import type { KubeObject } from '../../cluster/types.ts';
import { messageOf } from '../../shared/errors.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import { oneLine } from '../../shared/text.ts';
import { type CapabilityContext, defineCapability } from '../define.ts';
import { rolloutState } from '../k8s/rollout-state.ts';
import { manifestObjects, type Release } from './release.ts';
import { releaseParams, releaseRow, revisionParam, rowOf } from './schemas.ts';
import { findRelease } from './storage.ts';

const AT_ONCE = 16;

const row = z.object({
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  exists: z.boolean(),
  ok: z.boolean().describe('it exists and, if it rolls out or binds, has done so'),
  state: z.string().describe("'2 of 3 updated pods are available', 'missing', 'exists', …"),
});

export const status = defineCapability({
  name: 'helm.status',
  effect: 'read',
  summary: 'The state of a Helm release, of each of its objects, and its notes',
  params: z.object({ ...releaseParams, revision: revisionParam }),
  result: releaseRow.extend({
    firstDeployed: z.string().describe('RFC 3339'),
    ok: z.boolean().describe('deployed, and every object ok'),
    objects: z.array(row),
    notes: z.string(),
  }),
  examples: [
    {
      title: 'what of the release is not up',
      code: "const { status, objects } = await helm.status({ release: 'web' });\nreturn { status, down: objects.filter(o => !o.ok) };",
    },
  ],
  run: async (context, params) => {
    const release = await findRelease(context, params);
    const objects = await objectRows(context, release);
    return {
      ...rowOf(release),
      firstDeployed: release.firstDeployed,
      ok: release.status === 'deployed' && objects.every(item => item.ok),
      objects,
      notes: release.notes,
    };
  },
});

async function objectRows(context: CapabilityContext, release: Release): Promise<z.input<typeof row>[]> {
  const rendered = manifestObjects(release.manifest);
  const rows: z.input<typeof row>[] = [];
  await inParallel([...rendered.keys()], AT_ONCE, async index => {
    const { apiVersion, kind, metadata } = rendered[index]!;
    const { name, namespace = release.namespace } = metadata;
    rows[index] = {
      kind,
      name,
      ...(await stateOf(context, { kind: `${apiVersion} ${kind}`, name, namespace })),
    };
  });
  return rows;
}

type State = Pick<z.input<typeof row>, 'namespace' | 'exists' | 'ok' | 'state'>;

async function stateOf(
  context: CapabilityContext,
  ref: { kind: string; name: string; namespace: string },
): Promise<State> {
  try {
    const live = await context.cluster.get(ref, context.signal);
    return { namespace: live.metadata.namespace, exists: true, ...health(live) };
  } catch (error) {
    if (context.signal.aborted) throw error;
    const missing = error instanceof ApiError && error.statusCode === 404;
    const state = missing ? 'missing' : `cannot be read: ${oneLine(messageOf(error), 200)}`;
    return { namespace: ref.namespace, exists: !missing, ok: false, state };
  }
}

function health(live: KubeObject): Pick<State, 'ok' | 'state'> {
  if (/^(?:Deployment|StatefulSet|DaemonSet)$/.test(live.kind)) {
    const { done, message } = rolloutState(live);
    return { ok: done, state: message };
  }
  const phase: unknown = live['status']?.phase;
  if (typeof phase !== 'string') return { ok: true, state: 'exists' };
  return { ok: !/^(?:Pending|Failed|Lost|Terminating)$/.test(phase), state: phase };
}

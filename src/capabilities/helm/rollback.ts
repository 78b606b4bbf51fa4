import { z } from 'zod';
import { KvError, messageOf } from '../../shared/errors.ts';
import { type CapabilityContext, defineCapability, type PlannedRequest } from '../define.ts';
import { decodeRelease, type Release, unpackRelease } from './release.ts';
import { type PlannedStep, planRollback, type Step } from './rollback/plan.ts';
import { recordRequests } from './rollback/record.ts';
import { releaseParams, releaseRow, rowOf } from './schemas.ts';
import { findRelease, revisionOf, storedRevisions } from './storage.ts';

const HOOKS = /^(?:pre|post)-rollback$/;
const names = z.array(z.string()).describe('`Deployment shop/web`');

export const rollback = defineCapability({
  name: 'helm.rollback',
  effect: 'write',
  summary: 'Take a Helm release back to an older revision, asking once',
  details:
    'Objects become those of that revision, as helm rollback makes them: what it does not have is deleted; a new revision is recorded. Releases with rollback hooks are refused; does not wait for pods',
  params: z.object({
    ...releaseParams,
    revision: z.int().min(1).optional().describe('default: the one before the newest'),
  }),
  result: releaseRow.extend({ created: names, changed: names, deleted: names, unchanged: z.number() }),
  examples: [
    {
      title: 'back to the last revision that worked',
      code: "const { revisions } = await helm.history({ release: 'web' });\nconst good = revisions.find(r => r.status === 'superseded');\nif (good) return await helm.rollback({ release: 'web', revision: good.revision });",
    },
  ],
  run: async (context, params) => {
    const namespace = params.namespace ?? context.namespace;
    const current = await findRelease(context, { release: params.release, namespace });
    const wanted = params.revision ?? current.revision - 1;
    const target = await findRelease(context, { release: params.release, namespace, revision: wanted });
    refuse(current, target);
    const stored = await storedRevisions(context, { namespace, release: params.release });
    const place = stored.find(item => revisionOf(item) === target.revision)!;
    const serverSide = unpackRelease(place)['apply_method'] === 'ssa';
    const { steps, unchanged } = await planRollback(context, current, target, serverSide);
    const record = recordRequests(stored, place, context.now());
    await context.approve([...steps.map(step => step.request), ...record.requests]);
    await carryOut(context, steps);
    for (const request of record.requests) await send(context, request);
    const now = await storedRevisions(context, { namespace, release: params.release });
    const made = now.find(item => revisionOf(item) === record.revision);
    const done = (step: Step) => steps.filter(item => item.step === step).map(item => item.object);
    return {
      ...rowOf(made ? decodeRelease(made) : target),
      created: done('create'),
      changed: done('change'),
      deleted: done('delete'),
      unchanged,
    };
  },
});

function refuse(current: Release, target: Release): void {
  const label = `Release ${target.namespace}/${target.name}`;
  if (current.status === 'uninstalled' || current.status === 'uninstalling')
    throw new KvError('failed', `${label} is ${current.status}; there is nothing to take back.`, {
      hint: 'Install it again with helm.',
    });
  const hooks = target.hooks.filter(hook => hook.events.some(event => HOOKS.test(event)));
  if (hooks.length === 0) return;
  const list = hooks.map(hook => `${hook.kind} ${hook.name}`).join(', ');
  throw new KvError(
    'failed',
    `${label} has rollback hooks (${list}), which kv does not run; nothing was changed.`,
    {
      hint: `Use helm: helm -n ${target.namespace} rollback ${target.name} ${target.revision}`,
    },
  );
}

/** One after the other; a failure says what is done already, and leaves Helm's record as it was. */
async function carryOut(context: CapabilityContext, steps: readonly PlannedStep[]): Promise<void> {
  const done: string[] = [];
  for (const { step, object, request } of steps) {
    context.progress(`${step} ${object} (${done.length + 1} of ${steps.length})`);
    try {
      await send(context, request);
    } catch (cause) {
      if (context.signal.aborted) throw cause;
      const so = done.length > 0 ? ` Done before it: ${done.join(', ')}.` : ' Nothing was changed before it.';
      throw new KvError('failed', `The rollback stopped at ${step} ${object}: ${messageOf(cause)}${so}`, {
        hint: 'No new revision is recorded. Mend the cause and roll back again, or use helm rollback.',
        cause,
      });
    }
    done.push(`${step} ${object}`);
  }
}

async function send(context: CapabilityContext, request: PlannedRequest): Promise<void> {
  const response = await context.cluster.request({ ...request, signal: context.signal });
  for await (const _ of response.body);
}

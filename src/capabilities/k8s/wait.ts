import { z } from 'zod';
import { ApiError } from '../../cluster/errors.ts';
import type { KubeObject } from '../../cluster/types.ts';
import { KvError } from '../../shared/errors.ts';
import { isRecord } from '../../shared/json.ts';
import { type CapabilityContext, defineCapability } from '../define.ts';
import { deadlineSignal } from './deadline.ts';
import { rolloutState } from './rollout-state.ts';
import { kindParam, namespaceParam } from './schemas.ts';
import { quietly } from './target.ts';

export const wait = defineCapability({
  name: 'k8s.wait',
  effect: 'read',
  reuse: 'ends',
  summary: 'Wait until an object is ready, deleted, rolled out or has a value, by watch',
  details: 'Resolves with met: false at the deadline or when the rollout failed; it does not reject',
  params: z.object({
    kind: kindParam,
    name: z.string().min(1),
    namespace: namespaceParam,
    for: z
      .string()
      .min(1)
      .describe(
        "'condition=Ready', 'condition=Available=False', 'deleted', 'rollout', or 'status.phase=Running'",
      ),
    timeoutSeconds: z.number().positive().max(3600).default(60),
  }),
  result: z.object({
    met: z.boolean(),
    waitedSeconds: z.number(),
    state: z.string().describe('what the object said last'),
  }),
  examples: [
    {
      title: 'wait for a rollout',
      code: "return await k8s.wait({ kind: 'Deployment', name: 'checkout', namespace: 'shop', for: 'rollout', timeoutSeconds: 120 })",
    },
    {
      title: 'wait until a pod is gone',
      code: "return await k8s.wait({ kind: 'Pod', name: 'web-0', namespace: 'shop', for: 'deleted' })",
    },
  ],
  run: async (context, params) => {
    const verdictOf = testOf(params.for);
    // The state that is told is torn from its name: hidden values must be hidden before.
    const test: Test = object => verdictOf(context.redact(object));
    const started = performance.now();
    const answer = (verdict: Verdict) => ({
      met: verdict.met,
      waitedSeconds: Math.round((performance.now() - started) / 100) / 10,
      state: verdict.state,
    });
    const ref = { kind: params.kind, name: params.name, namespace: params.namespace ?? context.namespace };
    const first = await currentObject(context, ref, params.for !== 'deleted');
    let verdict = test(first);
    if (verdict.met || verdict.final) return answer(verdict);

    const deadline = deadlineSignal(context.signal, params.timeoutSeconds * 1000);
    const resourceVersion = first?.metadata.resourceVersion;
    try {
      for await (const event of context.cluster.watch({ ...ref, resourceVersion }, deadline.signal)) {
        if (event.type === 'BOOKMARK' || event.object.metadata?.name !== params.name) continue;
        verdict = test(event.type === 'DELETED' ? undefined : event.object);
        if (verdict.met || verdict.final) return answer(verdict);
      }
    } catch (error) {
      if (!deadline.passed()) throw error;
    } finally {
      deadline.clear();
    }
    context.signal.throwIfAborted();
    // A watch may end early (a snapshot has none): what counts is how things stand now.
    const last = await quietly(context, () => currentObject(context, ref, false));
    return answer(test(last));
  },
});

interface Verdict {
  met: boolean;
  /** It can no longer be met. */
  final?: boolean;
  state: string;
}

type Test = (object: KubeObject | undefined) => Verdict;

async function currentObject(
  context: CapabilityContext,
  ref: { kind: string; name: string; namespace: string },
  mustExist: boolean,
): Promise<KubeObject | undefined> {
  try {
    return await context.cluster.get(ref, context.signal);
  } catch (error) {
    if (!mustExist && error instanceof ApiError && error.statusCode === 404) return undefined;
    throw error;
  }
}

function testOf(wanted: string): Test {
  if (wanted === 'deleted' || wanted === 'delete') {
    return object => ({
      met: object === undefined,
      state: object === undefined ? 'deleted' : deletionState(object),
    });
  }
  if (wanted === 'rollout') {
    return object => {
      if (!object) return { met: false, final: true, state: 'deleted' };
      const state = rolloutState(object);
      return { met: state.done, final: state.failed, state: state.message };
    };
  }
  const condition = /^condition=([^=]+)(?:=(.+))?$/.exec(wanted);
  if (condition) return conditionTest(condition[1]!, condition[2] ?? 'True');
  const field = /^(?:jsonpath=)?\{?\.?([\w.[\]-]+)\}?={1,2}(.+)$/.exec(wanted);
  if (field) return fieldTest(field[1]!, field[2]!);
  throw new KvError('failed', `k8s.wait does not understand for: ${JSON.stringify(wanted)}.`, {
    hint: "Use 'condition=Ready', 'deleted', 'rollout' or a field such as 'status.phase=Running'.",
  });
}

function deletionState(object: KubeObject): string {
  const { deletionTimestamp, finalizers } = object.metadata;
  if (!deletionTimestamp) return 'exists, and nobody asked for its deletion';
  return `terminating since ${deletionTimestamp}${finalizers?.length ? `, held by ${finalizers.join(', ')}` : ''}`;
}

function conditionTest(type: string, wanted: string): Test {
  return object => {
    if (!object) return { met: false, final: true, state: 'deleted' };
    const conditions: Array<{ type: string; status: string; reason?: string; message?: string }> =
      object.status?.conditions ?? [];
    const found = conditions.find(item => item.type.toLowerCase() === type.toLowerCase());
    const known = conditions.map(item => item.type).join(', ');
    if (!found) return { met: false, state: `no condition ${type} yet (there are: ${known || 'none'})` };
    const why = [found.reason, found.message].filter(Boolean).join(': ');
    return {
      met: found.status.toLowerCase() === wanted.toLowerCase(),
      state: `${found.type}=${found.status}${why ? ` (${why})` : ''}`,
    };
  };
}

function fieldTest(path: string, wanted: string): Test {
  const steps = path
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter(Boolean);
  return object => {
    if (!object) return { met: false, final: true, state: 'deleted' };
    if (object.kind === 'Secret' && /^(data|stringData)$/.test(steps[0] ?? '')) {
      throw new KvError('failed', 'The values of a Secret cannot be waited for.', {
        hint: 'Compare the sha256 of its handles instead.',
      });
    }
    let value: unknown = object;
    for (const step of steps) {
      value = Array.isArray(value) ? value[Number(step)] : isRecord(value) ? value[step] : undefined;
    }
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return { met: text === wanted, state: `${path}=${text ?? '(not set)'}` };
  };
}

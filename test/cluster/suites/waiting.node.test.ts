import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedStep } from '../../../src/llm/index.ts';
import { apply, getJson, succeed } from '../plane/parts/kubectl.ts';
import { kubectl, newNamespace } from '../support/plane.ts';
import { calls, type LiveSession, openLiveSession, script } from '../support/session.ts';
import { APP_IMAGE, deployment, server } from '../workloads/manifests.ts';
import { isReady, waitForPod } from '../workloads/state.ts';

const NEXT_IMAGE = APP_IMAGE.replace(':1.0', ':1.1');
/** Seconds that a pod of the slow workload must be ready before it counts as available. */
const SLOW_SECONDS = 5;
const QUESTION = 'update web to 1.1 and make sure that it is rolled out';
const DONE = 'web is updated to 1.1 and rolled out.';

const ROADS: Record<'code' | 'tools', ScriptedStep[]> = {
  code: [
    script(
      'I change the image, wait for the rollout and look at what runs.',
      `await k8s.setImage({ name: 'web', image: '${NEXT_IMAGE}' });
const waited = await k8s.wait({ kind: 'Deployment', name: 'web', for: 'rollout', timeoutSeconds: 60 });
const status = await k8s.rolloutStatus({ name: 'web' });
return { met: waited.met, done: status.done, message: status.message };`,
    ),
    DONE,
  ],
  tools: [
    calls(['k8s_setImage', { name: 'web', image: NEXT_IMAGE }]),
    calls(['k8s_wait', { kind: 'Deployment', name: 'web', for: 'rollout', timeoutSeconds: 60 }]),
    calls(['k8s_rolloutStatus', { name: 'web' }]),
    DONE,
  ],
};

interface Rollout {
  session: LiveSession;
  namespace: string;
  waitedMs: number;
}

/** Updates the image of a workload whose pods count as available after `minReadySeconds`. */
async function rollOut(mode: 'code' | 'tools', minReadySeconds: number): Promise<Rollout> {
  const namespace = await newNamespace(`waiting-${mode}`);
  await apply(kubectl(), [deployment('web', server('web', ''))], '-n', namespace);
  await waitForPod(kubectl(), namespace, 'web', 'is ready', isReady);
  const patch = JSON.stringify({ spec: { minReadySeconds } });
  await succeed(kubectl(), ['patch', 'deploy', 'web', '-n', namespace, '-p', patch]);
  const session = await openLiveSession(namespace, ROADS[mode], { mode });
  void session.approveAll();
  await session.ask(QUESTION);
  const wait = session.of('call-started').find(event => event.name === 'k8s.wait');
  const { durationMs: waitedMs = 0 } =
    session.of('call-finished').find(({ call }) => call === wait?.call) ?? {};
  return { session, namespace, waitedMs };
}

/** Requests to the model between the start and the end of the call that waits. */
function requestsWhileWaiting({ session }: Rollout): number {
  const { events } = session;
  const from = events.findIndex(event => event.type === 'call-started' && event.name === 'k8s.wait');
  const waiting = events[from];
  const to = events.findIndex(
    event =>
      event.type === 'call-finished' && waiting?.type === 'call-started' && event.call === waiting.call,
  );
  expect(from).toBeGreaterThan(0);
  expect(to).toBeGreaterThan(from);
  return events.slice(from, to).filter(event => event.type === 'turn-started').length;
}

describe('waiting for a rollout', () => {
  const rollouts = {} as Record<'code' | 'tools', { fast: Rollout; slow: Rollout }>;
  beforeAll(async () => {
    const both = async (mode: 'code' | 'tools') => {
      const [fast, slow] = await Promise.all([rollOut(mode, 0), rollOut(mode, SLOW_SECONDS)]);
      rollouts[mode] = { fast, slow };
    };
    await Promise.all([both('code'), both('tools')]);
  });
  afterAll(async () => {
    const all = Object.values(rollouts).flatMap(({ fast, slow }) => [fast, slow]);
    await Promise.all(all.map(({ session }) => session.controller.close()));
  });

  it.each(['code', 'tools'] as const)('is one call that really waits, by %s', async mode => {
    const { fast, slow } = rollouts[mode];
    expect(slow.waitedMs).toBeGreaterThan(SLOW_SECONDS * 900);
    expect(slow.waitedMs - fast.waitedMs).toBeGreaterThan(2_000);
    for (const { session, namespace } of [fast, slow]) {
      expect(session.of('call-started').filter(event => event.name === 'k8s.wait').length).toBe(1);
      expect(session.of('finished')).toMatchObject([{ status: 'answered' }]);
      const { status } = await getJson<{ status: object }>(kubectl(), 'deploy', 'web', '-n', namespace);
      expect(status).toMatchObject({ updatedReplicas: 1, availableReplicas: 1 });
    }
  });

  it.each(['code', 'tools'] as const)('asks the model nothing meanwhile, by %s', mode => {
    const { fast, slow } = rollouts[mode];
    expect([fast, slow].map(requestsWhileWaiting)).toEqual([0, 0]);
    const requests = [fast, slow].map(({ session }) => session.model.requests.length);
    expect(requests).toEqual([ROADS[mode].length, ROADS[mode].length]);
  });

  it.each(['code', 'tools'] as const)('costs as many tokens if it is slow as if it is fast, by %s', mode => {
    const { fast, slow } = rollouts[mode];
    expect(fast.session.tokens()).toBeGreaterThan(500);
    expect(Math.abs(slow.session.tokens() / fast.session.tokens() - 1)).toBeLessThan(0.02);
  });
});

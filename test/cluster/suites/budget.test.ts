import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSessionStore, type SessionStore } from '../../../src/sessions/index.ts';
import { createSpending, PRICES } from '../../../src/usage/index.ts';
import { apply, getJson } from '../plane/parts/kubectl.ts';
import { kubectl, newNamespace } from '../support/plane.ts';
import { calls, type LiveSession, openLiveSession, script } from '../support/session.ts';
import { simulated } from '../workloads/manifests.ts';

const MODEL = { provider: 'scripted', id: 'scripted' };
const spent = (inputTokens: number) => ({ inputTokens, outputTokens: 0, estimated: false });
const SCALE = { name: 'web', replicas: 3 };

const ROADS = {
  code: {
    change: script('I scale it.', `return await k8s.scale(${JSON.stringify(SCALE)});`),
    more: script('I look.', "return await k8s.rolloutStatus({ name: 'web' });"),
  },
  tools: { change: calls(['k8s_scale', SCALE]), more: calls(['k8s_rolloutStatus', { name: 'web' }]) },
};

describe.each(['code', 'tools'] as const)('a budget on a live cluster, by %s', mode => {
  let namespace: string;
  let folder: string;
  let store: SessionStore;
  let session: LiveSession;
  const budget = () =>
    createSpending({
      budgets: { perDay: { tokens: 1_000 } },
      prices: PRICES,
      account: store.spend,
      now: Date.now,
    });
  /** An answer of the road's model that costs so many tokens. */
  const answer = (which: 'change' | 'more', tokens: number) => {
    const step = ROADS[mode][which];
    return { ...(typeof step === 'string' ? { text: step } : step), usage: spent(tokens) };
  };
  const replicas = async () =>
    (await getJson<{ spec: { replicas: number } }>(kubectl(), 'deploy', 'web', '-n', namespace)).spec
      .replicas;

  beforeEach(async () => {
    namespace = await newNamespace(`budget-${mode}`);
    await apply(kubectl(), [simulated('web')], '-n', namespace);
    folder = await mkdtemp(join(tmpdir(), 'kv-live-budget-'));
    ({ store } = await openSessionStore(join(folder, 'sessions.db'), { now: Date.now }));
  });
  afterEach(async () => {
    await session.controller.close();
    store.close();
    await rm(folder, { recursive: true });
  });

  it('that the answer itself uses up leaves its change unasked and unmade', async () => {
    session = await openLiveSession(namespace, [answer('change', 1_000)], { mode, spending: budget() });
    const finished = await session.ask('scale web to 3');
    expect(finished).toMatchObject({
      status: 'limit',
      message: expect.stringContaining('daily budget is used up'),
    });
    expect(session.of('approval-requested')).toEqual([]);
    expect(await replicas()).toBe(1);
  });

  it('that others use up while a card is open still makes the approved change, and then stops', async () => {
    const steps = [answer('change', 100), answer('more', 100)];
    session = await openLiveSession(namespace, steps, { mode, spending: budget() });
    const asking = session.ask('scale web to 3');
    const { approval } = await session.next('approval-requested');
    const other = budget();
    other.begin(MODEL);
    const usage = { ...spent(900), cacheReadTokens: 0, cacheWriteTokens: 0 };
    other.add({ session: 'other', turn: 1, at: Date.now(), mode, model: MODEL, usage });
    session.controller.decide(approval.id, { outcome: 'allow' });
    expect(await asking).toMatchObject({ status: 'limit', turns: 2, calls: 1 });
    expect(await replicas()).toBe(3);
    expect(session.of('change-applied')).toMatchObject([
      { change: { name: 'web', before: { spec: { replicas: 1 } } } },
    ]);
    expect(session.of('answer')).toMatchObject([{ text: expect.stringContaining('Stopped at the budget') }]);
    expect(session.model.requests.length).toBe(2);
  });

  it('counts a question that is cancelled while its card is open, and that changes nothing', async () => {
    session = await openLiveSession(namespace, [answer('change', 100)], { mode, spending: budget() });
    const asking = session.ask('scale web to 3');
    await session.next('approval-requested');
    session.controller.cancel();
    expect(await asking).toMatchObject({ status: 'cancelled' });
    expect(await replicas()).toBe(1);
    expect(session.of('change-applied')).toEqual([]);
    expect(store.spend.totals(0, Date.now() + 1)).toMatchObject([{ tokens: 100 }]);
  });
});

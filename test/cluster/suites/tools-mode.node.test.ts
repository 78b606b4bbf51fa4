import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedStep } from '../../../src/llm/index.ts';
import { apply, getJson, succeed } from '../plane/parts/kubectl.ts';
import { READER_NAMESPACE } from '../plane/parts/users.ts';
import { createSettings } from '../support/fleet.ts';
import { kubectl, newNamespace, plane } from '../support/plane.ts';
import { calls, type LiveSession, openLiveSession } from '../support/session.ts';
import { cause, incidents } from '../workloads/incidents.ts';
import { simulated } from '../workloads/manifests.ts';

const FATAL = 'level=fatal required environment variable DATABASE_URL is not set';
/** Rows of a list of this length fill more than one page. */
const SETTINGS = 150;

describe('tools mode on a real cluster, by a scripted model', () => {
  let namespace: string;
  let pod: string;
  let session: LiveSession;
  const open = async (steps: ScriptedStep[], options: Parameters<typeof openLiveSession>[2] = {}) => {
    session = await openLiveSession(namespace, steps, { mode: 'tools', ...options });
    return session;
  };
  const replicas = async (...names: string[]) => {
    const { items } = await getJson<{ items: Array<{ spec: { replicas: number } }> }>(
      kubectl(),
      'deploy',
      ...names,
      '-n',
      namespace,
    );
    return items.map(item => item.spec.replicas);
  };
  /** What came back for the calls of the nth answer. */
  const results = (nth = 1) => session.of('tools-answered')[nth - 1]!.results;

  beforeAll(async () => {
    namespace = await newNamespace('tools');
    const [crashed] = await Promise.all([
      cause(kubectl(), namespace, incidents.crashLoop),
      apply(kubectl(), [simulated('front'), simulated('back')], '-n', namespace),
      createSettings(plane().users.admin, namespace, SETTINGS),
    ]);
    pod = crashed.metadata.name;
  });
  afterEach(() => session.controller.close());

  it('finds the cause of a crash by calls that go out together', async () => {
    await open([
      calls(['k8s_pods', { problemsOnly: true }], ['k8s_events', { name: 'checkout*' }]),
      calls(
        ['k8s_logs', { pod, previous: true, tailLines: 5 }],
        ['k8s_get', { kind: 'Deployment', name: 'checkout' }],
      ),
      `REPORT
Verdict: cause-found
Root cause: checkout exits at once because DATABASE_URL is not set.
Confidence: high
Affected:
- Deployment checkout
Evidence:
- "${FATAL}" — k8s_logs`,
    ]);
    expect(await session.ask('why is checkout crashing?')).toMatchObject({ status: 'answered', calls: 4 });
    const together = session.events
      .filter(event => event.type === 'call-started' || event.type === 'call-finished')
      .map(event => event.type);
    expect(together.slice(0, 2)).toEqual(['call-started', 'call-started']);
    expect(results(1)[0]?.text).toContain(pod);
    expect(results(1)[1]?.text).toContain('BackOff');
    expect(results(2)[0]?.text).toContain(FATAL);
    const [{ report } = { report: undefined }] = session.of('report');
    expect(report?.evidence).toEqual([expect.objectContaining({ verified: true })]);
    expect(report?.affected).toEqual([expect.objectContaining({ verified: true })]);
  });

  it('makes two changes of one answer on one card, and keeps what was there before', async () => {
    await open([
      calls(['k8s_scale', { name: 'front', replicas: 3 }], ['k8s_scale', { name: 'back', replicas: 2 }]),
      'Both are scaled.',
    ]);
    const asking = session.ask('scale front to 3 and back to 2');
    const { approval } = await session.next('approval-requested');
    expect(approval.changes.map(change => change.name)).toEqual(['front', 'back']);
    expect(await replicas('front', 'back')).toEqual([1, 1]);
    session.controller.decide(approval.id, { outcome: 'allow' });
    expect(await asking).toMatchObject({ status: 'answered' });
    expect(session.of('approval-requested').length).toBe(1);
    expect(await replicas('front', 'back')).toEqual([3, 2]);
    // Both were sent at once, so either may be the first to be accepted.
    const applied = session.of('change-applied').map(event => event.change);
    expect(applied.map(change => change.name).toSorted()).toEqual(['back', 'front']);
    for (const { before } of applied) expect(before).toMatchObject({ spec: { replicas: 1 } });
    expect(results().map(result => result.isError)).toEqual([false, false]);
  });

  it('changes nothing when denied, and the model reads why', async () => {
    const before = await replicas('front', 'back');
    await open([calls(['k8s_scale', { name: 'front', replicas: 9 }]), 'I leave it as it is.']);
    const asking = session.ask('scale front to 9');
    const { approval } = await session.next('approval-requested');
    session.controller.decide(approval.id, { outcome: 'deny', reason: 'not during the freeze' });
    await asking;
    expect(results()).toEqual([
      expect.objectContaining({ isError: true, text: expect.stringContaining('not during the freeze') }),
    ]);
    expect(await replicas('front', 'back')).toEqual(before);
    expect(session.of('change-applied')).toEqual([]);
  });

  it('asks nobody and changes nothing when it may only read', async () => {
    const before = await replicas('front', 'back');
    await open([calls(['k8s_scale', { name: 'front', replicas: 9 }]), 'I may not.'], { readOnly: true });
    await session.ask('scale front to 9');
    expect(session.of('approval-requested')).toEqual([]);
    expect(results()).toEqual([
      expect.objectContaining({ isError: true, text: expect.stringMatching(/read-only/i) }),
    ]);
    expect(await replicas('front', 'back')).toEqual(before);
  });

  it('gets more tools by a search, and calls them', async () => {
    const node = { name: 'kwok-0' };
    await open([
      calls(['tools_search', { query: 'uncordon a node' }]),
      calls(['k8s_cordon', node]),
      calls(['k8s_uncordon', node]),
      'It was taken out and put back.',
    ]);
    void session.approveAll();
    await session.ask('show that pod list');
    const offered = session.model.requests.map(request => request.tools?.map(tool => tool.name) ?? []);
    expect(offered[0]).not.toContain('k8s_cordon');
    expect(offered[1]).toEqual(expect.arrayContaining([...offered[0]!, 'k8s_cordon', 'k8s_uncordon']));
    expect(results(1)[0]?.text).toContain('k8s_cordon');
    expect([results(2), results(3)].flat().map(result => result.isError)).toEqual([false, false]);
    expect(session.of('change-applied').map(({ change }) => change.name)).toEqual(['kwok-0', 'kwok-0']);
  });

  it('goes on with a long list where the page before ended, whatever happens in between', async () => {
    const list = { kind: 'ConfigMap', labelSelector: 'part=settings', fields: ['data.value'] };
    const another = ['create', 'configmap', 'setting-000-late', '-n', namespace];
    await open([
      calls(['k8s_list', list]),
      async () => {
        await succeed(kubectl(), another);
        await succeed(kubectl(), [
          'label',
          'configmap',
          'setting-000-late',
          '-n',
          namespace,
          'part=settings',
        ]);
        return { toolCalls: [{ name: 'k8s_list', input: { ...list, page: 2 } }] };
      },
      'That is all of them.',
    ]);
    await session.ask('list the settings');
    const pages = [results(1), results(2)].map(([result]) => result!.text);
    expect(pages[0]).toMatch(/\[page 1 of 2.*"page":2/);
    expect(pages[1]).toContain('[page 2 of 2, the last]');
    const named = pages.map(page => [...page.matchAll(/\bsetting-\d{3}\b(?!-)/g)].map(([name]) => name));
    expect([...named[0]!, ...named[1]!]).toEqual(
      Array.from({ length: SETTINGS }, (_, i) => `setting-${String(i).padStart(3, '0')}`),
    );
    expect(pages.join('\n')).not.toContain('late');
    expect(session.of('call-started').length).toBe(1);
  });

  it('tells who may not do what, so that the model can ask for less', async () => {
    await open(
      [
        calls(
          ['k8s_list', { kind: 'Node' }],
          ['k8s_list', { kind: 'ConfigMap', namespace: READER_NAMESPACE }],
        ),
        'Ok.',
      ],
      { user: 'reader' },
    );
    await session.ask('which nodes are there?');
    const [nodes, maps] = results();
    expect(nodes).toMatchObject({ isError: true });
    expect(nodes?.text).toContain('The user reader may not list nodes in the whole cluster');
    expect(nodes?.text).toMatch(/role with the verb list on nodes/);
    expect(maps).toMatchObject({ isError: false, text: expect.stringContaining('kube-root-ca.crt') });
  });

  it('ends within 200 ms of a cancellation in the middle of a wait', async () => {
    await open([
      calls(['k8s_wait', { kind: 'Deployment', name: 'checkout', for: 'rollout', timeoutSeconds: 60 }]),
    ]);
    const asking = session.ask('wait for checkout');
    await session.answering(({ query }) => query?.['watch'] === true);
    const cancelled = performance.now();
    session.controller.cancel();
    expect(await asking).toMatchObject({ status: 'cancelled' });
    expect(performance.now() - cancelled).toBeLessThan(200);
    expect(session.of('call-finished')).toMatchObject([{ ok: false, error: 'cancelled' }]);
  });
});

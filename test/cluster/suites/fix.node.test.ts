import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLiveTransport } from '../../../src/cluster/index.ts';
import { openTestSession } from '../../helpers/session.ts';
import { succeed } from '../plane/parts/kubectl.ts';
import { kubectl, newNamespace, plane } from '../support/plane.ts';
import { cause, incidents } from '../workloads/incidents.ts';
import { isReady, waitForPod } from '../workloads/state.ts';

const script = (words: string, code: string) => `${words}\n\`\`\`ts\n${code}\n\`\`\``;

const LOOK = script(
  'First the log of the run that crashed.',
  `const { items } = await k8s.pods({ owner: 'deployment/checkout' });
const { lines } = await k8s.logs({ pod: items[0].name, previous: true });
return { status: items[0].status, lines };`,
);
const FIX = script(
  'The variable is missing; I set it and watch the rollout.',
  `try {
  await k8s.patch({
    kind: 'Deployment', name: 'checkout', type: 'strategic',
    patch: { spec: { template: { spec: { containers: [{ name: 'checkout', env: [{ name: 'DATABASE_URL', value: 'db:5432' }] }] } } } },
  });
  return await k8s.wait({ kind: 'Deployment', name: 'checkout', for: 'rollout', timeoutSeconds: 60 });
} catch (error) {
  return { refused: String(error.message) };
}`,
);
const REPORT = `REPORT
Verdict: cause-found
Root cause: checkout exits at once because DATABASE_URL is not set.
Confidence: high
Affected:
- Deployment checkout
Evidence:
- "level=fatal required environment variable DATABASE_URL is not set" — k8s.logs`;

describe('an investigation with a fix, by a scripted model', () => {
  let namespace: string;
  let session: Awaited<ReturnType<typeof openTestSession>>;
  const env = () =>
    succeed(kubectl(), [
      'get',
      'deploy',
      'checkout',
      '-n',
      namespace,
      '-o',
      'jsonpath={.spec.template.spec.containers[0].env}',
    ]);
  const outcome = () =>
    JSON.parse(session.of('script-finished').at(-1)?.result ?? 'null') as Record<string, unknown>;

  beforeEach(async () => {
    namespace = await newNamespace('fix');
    await cause(kubectl(), namespace, incidents.crashLoop);
    const kubeconfig = plane().users.admin;
    const transport = await createLiveTransport({
      kubeconfig,
      namespace,
      signal: AbortSignal.timeout(10_000),
    });
    session = await openTestSession(transport, [LOOK, FIX, REPORT], { namespace });
  });
  afterEach(() => session.controller.close());

  it('waits for approval, sends what was approved, and the pod becomes healthy', async () => {
    const asking = session.controller.ask('why is checkout crashing? fix it');
    const { approval } = await session.next('approval-requested');
    const [change] = approval.changes;
    expect(change).toMatchObject({
      effect: 'write',
      verb: 'patch',
      kind: 'Deployment',
      namespace,
      name: 'checkout',
    });
    expect(change?.diff).toMatch(/^\+.*DATABASE_URL/m);
    expect(await env()).toBe('');

    session.controller.decide(approval.id, { outcome: 'allow' });
    await asking;

    expect(outcome()).toMatchObject({ met: true });
    expect(JSON.parse(await env())).toEqual([{ name: 'DATABASE_URL', value: 'db:5432' }]);
    await waitForPod(kubectl(), namespace, 'checkout', 'is ready', isReady);
    expect(session.of('change-applied').length).toBe(1);
    expect(session.of('finished')[0]).toMatchObject({ status: 'answered' });
    expect(session.of('report')[0]?.report.evidence).toEqual([expect.objectContaining({ verified: true })]);
  });

  it('changes nothing when denied, and the script learns why', async () => {
    const asking = session.controller.ask('why is checkout crashing? fix it');
    const { approval } = await session.next('approval-requested');
    session.controller.decide(approval.id, { outcome: 'deny', reason: 'not during the freeze' });
    await asking;
    expect(outcome()['refused']).toContain('not during the freeze');
    expect(await env()).toBe('');
  });

  it('does not overwrite what somebody else changed while the card was up', async () => {
    const asking = session.controller.ask('why is checkout crashing? fix it');
    const { approval } = await session.next('approval-requested');
    await succeed(kubectl(), ['set', 'env', 'deploy/checkout', '-n', namespace, 'DATABASE_URL=other:5432']);
    session.controller.decide(approval.id, { outcome: 'allow' });
    await asking;
    expect(JSON.parse(await env())).toEqual([{ name: 'DATABASE_URL', value: 'other:5432' }]);
    expect(outcome()['refused']).toMatch(/changed|modified|conflict/i);
  });
});

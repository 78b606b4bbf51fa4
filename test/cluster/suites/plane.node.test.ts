import { beforeAll, describe, expect, it } from 'vitest';
import { succeed } from '../plane/parts/kubectl.ts';
import { kubectl, newNamespace } from '../support/plane.ts';
import { cause, type Incident, incidents } from '../workloads/incidents.ts';

/** That the test cluster is what the other suites take it for; kv has no part in this one. */
describe('the plane', () => {
  let namespace: string;
  beforeAll(async () => {
    namespace = await newNamespace('incidents');
  });

  it.concurrent.each(Object.entries<Incident>(incidents))('brings about %s', async (_name, incident) => {
    const pod = await cause(kubectl(), namespace, incident);
    expect(pod.metadata.name).toMatch(new RegExp(`^${incident.app}-`));
  });

  it('keeps the log of a crashed container', async () => {
    const pod = await cause(kubectl(), namespace, incidents.crashLoop);
    const log = await succeed(kubectl(), ['logs', '-n', namespace, '--previous', pod.metadata.name]);
    expect(log).toContain('DATABASE_URL is not set');
  });

  it('serves the log of a pod on a kwok node', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'simulated' },
      spec: { nodeName: 'kwok-0', containers: [{ name: 'app', image: 'shop/app' }] },
    };
    await succeed(kubectl(), ['apply', '-n', namespace, '-f', '-'], { input: JSON.stringify(pod) });
    await succeed(kubectl(), [
      'wait',
      '-n',
      namespace,
      'pod/simulated',
      '--for=condition=Ready',
      '--timeout=30s',
    ]);
    const log = await succeed(kubectl(), ['logs', '-n', namespace, 'simulated', '--tail=200']);
    expect(log.trim().split('\n').length).toBe(200);
    expect(log).toContain('upstream timed out');
  });
});

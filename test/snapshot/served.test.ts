import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { kubeconfigOf, openSnapshot, type ServedCluster, serveCluster } from '../../src/cluster/index.ts';
import type { KubeObject } from '../../src/cluster/types.ts';
import { SMALL_CLUSTER } from './helpers/client.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

interface Table {
  kind: string;
  columnDefinitions: Array<{ name: string; priority: number }>;
  rows: Array<{ cells: unknown[]; object?: KubeObject }>;
}

const open: ServedCluster[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(served => served.close()));
});

async function serve(): Promise<ServedCluster> {
  const transport = await openSnapshot(SMALL_CLUSTER, { signal: AbortSignal.timeout(10_000) });
  const served = await serveCluster(transport);
  open.push(served);
  return served;
}

async function table(path: string): Promise<Table> {
  const { url } = await serve();
  const response = await fetch(url + path, { headers: { accept: TABLE } });
  expect(response.status).toBe(200);
  return (await response.json()) as Table;
}

describe('a served snapshot', () => {
  it('answers only who knows its token', async () => {
    const { url } = await serve();
    const { origin } = new URL(url);
    expect((await fetch(`${url}/api/v1/namespaces`)).status).toBe(200);
    for (const path of ['/api/v1/namespaces', '/', '/wrong-token/api/v1/namespaces']) {
      const refused = await fetch(origin + path);
      expect([path, refused.status]).toEqual([path, 401]);
      expect(await refused.json()).toMatchObject({ kind: 'Status', reason: 'Unauthorized' });
    }
  });

  it('describes itself in a kubeconfig', async () => {
    const served = await serve();
    const config = parse(kubeconfigOf(served, { context: 'small', namespace: 'checkout' }));
    expect(config['current-context']).toBe('small');
    expect(config.clusters[0].cluster.server).toBe(served.url);
    expect(config.contexts[0].context.namespace).toBe('checkout');
  });

  it('takes writes, keeps them in memory, and answers errors as a Status', async () => {
    const { url } = await serve();
    const path = `${url}/api/v1/namespaces/checkout/configmaps`;
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } });
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(path, { method: 'POST', headers, body })).status).toBe(201);
    const again = await fetch(path, { method: 'POST', headers, body });
    expect([again.status, await again.json()]).toMatchObject([409, { reason: 'AlreadyExists' }]);
    const unreadable = await fetch(path, { method: 'POST', headers, body: '{' });
    expect([unreadable.status, await unreadable.json()]).toMatchObject([400, { reason: 'BadRequest' }]);
    const absent = await fetch(`${url}/api/v1/namespaces/checkout/pods/none`);
    expect([absent.status, await absent.json()]).toMatchObject([404, { reason: 'NotFound' }]);
  });

  it('answers questions about rights in protobuf, as typed clients ask them', async () => {
    const { url } = await serve();
    const review = await fetch(`${url}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
      body: 'k8s\0',
    });
    expect(await review.json()).toMatchObject({ status: { allowed: true } });
  });

  it('ends open watches when it is closed', async () => {
    const served = await serve();
    const response = await fetch(`${served.url}/api/v1/pods?watch=1`, { headers: { accept: TABLE } });
    const reader = response.body!.getReader();
    const first = JSON.parse(
      Buffer.from((await reader.read()).value!)
        .toString()
        .split('\n')[0]!,
    );
    expect(first).toMatchObject({ type: 'ADDED', object: { kind: 'Table' } });
    await served.close();
    const rest = (async () => {
      while (!(await reader.read()).done);
    })();
    await expect(rest.catch(() => 'cut')).resolves.toBeOneOf([undefined, 'cut']);
  });
});

describe('tables', () => {
  it('show pods as kubectl does, with the node behind -o wide', async () => {
    const pods = await table('/api/v1/namespaces/checkout/pods');
    const names = pods.columnDefinitions.map(column => column.name);
    expect(names.slice(0, 5)).toEqual(['Name', 'Ready', 'Status', 'Restarts', 'Age']);
    expect(pods.columnDefinitions.find(column => column.name === 'Node')?.priority).toBe(1);
    expect(pods.rows).toHaveLength(1);
    const [name, ready, status, restarts, age] = pods.rows[0]!.cells;
    expect(name).toBe('checkout-9db494857-rvbxz');
    expect([ready, status]).toEqual(['0/1', expect.stringMatching(/CrashLoopBackOff|Error/)]);
    expect(restarts).toMatch(/^\d+ \(\S+ ago\)$/);
    expect(age).toMatch(/^\d+[smhd]/);
    expect(pods.rows[0]!.object).toMatchObject({ kind: 'PartialObjectMetadata' });
  });

  it('carry whole objects, or none, where the client says so', async () => {
    const whole = await table('/api/v1/namespaces/checkout/pods?includeObject=Object');
    expect(whole.rows[0]!.object).toMatchObject({ kind: 'Pod', spec: expect.anything() });
    const none = await table('/api/v1/namespaces/checkout/pods?includeObject=None');
    expect(none.rows[0]!.object).toBeUndefined();
  });

  it.each([
    ['/apis/apps/v1/namespaces/checkout/deployments', ['Name', 'Ready', 'Up-to-date', 'Available', 'Age']],
    ['/api/v1/services', ['Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age']],
    ['/api/v1/nodes', ['Name', 'Status', 'Roles', 'Age', 'Version']],
    ['/api/v1/namespaces/checkout/events', ['Last Seen', 'Type', 'Reason', 'Object', 'Message']],
    ['/apis/coordination.k8s.io/v1/leases', ['Name', 'Age']],
  ])('%s has the columns of kubectl', async (path, wanted) => {
    const { columnDefinitions, rows } = await table(path);
    const shown = columnDefinitions.filter(column => column.priority === 0).map(column => column.name);
    expect(shown).toEqual(wanted);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(row.cells).toHaveLength(columnDefinitions.length);
      expect(row.cells.join(' ')).not.toMatch(/undefined|NaN|\[object/);
    }
  });

  it('answer a single object as a table of one row', async () => {
    const one = await table('/apis/apps/v1/namespaces/checkout/deployments/checkout');
    expect(one.kind).toBe('Table');
    expect(one.rows.map(row => row.cells.slice(0, 4))).toEqual([['checkout', '0/1', 1, 0]]);
  });
});

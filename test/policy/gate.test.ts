import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readText, type TransportRequest } from '../../src/cluster/transport.ts';
import {
  type ApprovalDecision,
  type ApprovalRequest,
  type Approver,
  type Change,
  createGate,
  createRedactor,
  createVault,
  DeniedError,
  type GateOptions,
  gateTransport,
  ReadOnlyError,
} from '../../src/policy/index.ts';
import { status, TinyApi } from './helpers/tiny-api.ts';

const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';
const API = '/apis/apps/v1/namespaces/shop/deployments/api';
const POD = '/api/v1/namespaces/shop/pods/web-0';

let api: TinyApi;
beforeEach(async () => {
  api = await new TinyApi().start();
  api.put(WEB, 'Deployment', { spec: { replicas: 2 }, status: { readyReplicas: 2 } });
  api.put(API, 'Deployment', { spec: { replicas: 1 } });
  api.put(POD, 'Pod', { spec: {} });
});
afterEach(() => api.stop());

function session(approver: Approver['decide'], options: Partial<GateOptions> = {}) {
  let id = 0;
  const log = {
    requested: [] as ApprovalRequest[],
    decided: [] as Array<[ApprovalDecision, string]>,
    applied: [] as Change[],
    clock: [] as string[],
  };
  const state = { readOnly: false };
  const gate = createGate({
    approver: { decide: approver },
    readOnly: () => state.readOnly,
    interactive: true,
    newId: () => `id${++id}`,
    onRequested: request => log.requested.push(request),
    onDecided: (_id, decision, by) => log.decided.push([decision, by]),
    onApplied: change => log.applied.push(change),
    clock: { pause: () => log.clock.push('pause'), resume: () => log.clock.push('resume') },
    ...options,
  });
  const redactor = createRedactor(createVault());
  const transport = gateTransport({
    transport: api.transport(),
    gate,
    redactor,
    readOnly: () => state.readOnly,
  });
  const controller = new AbortController();
  const send = async (request: Partial<TransportRequest>) => {
    const response = await transport.request({
      method: 'GET',
      path: WEB,
      signal: controller.signal,
      ...request,
    });
    return readText(response);
  };
  const patch = (path: string, body: unknown) =>
    send({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
  return { gate, transport, send, patch, log, state, controller };
}

const allow = async (): Promise<ApprovalDecision> => ({ outcome: 'allow' });
const replicas = (count: number) => ({ spec: { replicas: count } });

describe('what passes', () => {
  test('reads, reviews and dry runs are not asked about', async () => {
    const { send, log } = session(async () => ({ outcome: 'deny', reason: 'never' }));
    await send({});
    await send({ method: 'PATCH', path: WEB, body: replicas(3), query: { dryRun: 'All' } });
    await send({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body: { metadata: {} },
    });
    expect(log.requested).toEqual([]);
  });

  test('an approved change is sent once, pinned to what was shown, with its diff and the object before', async () => {
    const { patch, log } = session(allow);
    const version = api.objects.get(WEB)!.metadata.resourceVersion;
    await patch(WEB, replicas(5));
    expect(api.writes).toHaveLength(1);
    expect(api.writes[0]!.body).toEqual({ spec: { replicas: 5 }, metadata: { resourceVersion: version } });
    const change = log.requested[0]!.changes[0]!;
    expect(change).toMatchObject({
      effect: 'write',
      verb: 'patch',
      kind: 'Deployment',
      namespace: 'shop',
      name: 'web',
    });
    expect(change.diff).toContain('-  replicas: 2\n+  replicas: 5');
    expect(change.diff).not.toContain('resourceVersion');
    expect(change.before).toMatchObject({ spec: { replicas: 2 } });
    expect(log.applied).toEqual([change]);
    expect(log.clock).toEqual(['pause', 'resume']);
  });

  test('deletions and evictions carry preconditions', async () => {
    const { send } = session(allow);
    const { uid, resourceVersion } = api.objects.get(POD)!.metadata;
    const body = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'web-0', namespace: 'shop' },
    };
    await send({ method: 'POST', path: `${POD}/eviction`, body });
    expect(api.writes[0]!.body).toMatchObject({ deleteOptions: { preconditions: { uid, resourceVersion } } });
    await send({ method: 'DELETE', path: API });
    expect(api.writes[1]!.body).toMatchObject({ preconditions: { uid: `uid-${API}` } });
    expect(api.objects.has(API)).toBe(false);
  });

  test('secret values are hidden in what people are shown, and sent as they are', async () => {
    const { patch, log } = session(allow);
    api.put('/api/v1/namespaces/shop/secrets/db', 'Secret', { data: { password: btoa('old-Value-1') } });
    await patch('/api/v1/namespaces/shop/secrets/db', { data: { password: btoa('new-Value-2') } });
    expect(JSON.stringify(log.requested)).not.toMatch(/old-Value|new-Value|b2xkLVZhbHV|bmV3LVZhbHV/);
    expect(log.requested[0]!.changes[0]!.diff).toContain('sha256');
    expect(api.writes[0]!.body).toMatchObject({ data: { password: btoa('new-Value-2') } });
  });
});

describe('what does not pass', () => {
  test('a denial reaches the script as an error that names the reason, and nothing was sent', async () => {
    const { patch, log } = session(async () => ({ outcome: 'deny', reason: 'not during the sale' }));
    const error = await patch(WEB, replicas(0)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DeniedError);
    expect((error as DeniedError).message).toMatch(/patch Deployment shop\/web.*not during the sale/);
    expect(api.writes).toEqual([]);
    expect(log.decided).toEqual([[{ outcome: 'deny', reason: 'not during the sale' }, 'person']]);
  });

  test('without anybody to ask the answer is no, and it is on record', async () => {
    const { patch, log } = session(allow, { interactive: false });
    await expect(patch(WEB, replicas(0))).rejects.toThrow(/there is no one to ask/);
    expect(log.requested).toHaveLength(1);
    expect(log.decided[0]![1]).toBe('policy');
  });

  test('an approver that fails denies', async () => {
    const { patch } = session(async () => {
      throw new Error('terminal is gone');
    });
    await expect(patch(WEB, replicas(0))).rejects.toThrow(/terminal is gone/);
    expect(api.writes).toEqual([]);
  });

  test('read-only refuses before asking, and also when it is switched on while the card is up', async () => {
    const first = session(allow);
    first.state.readOnly = true;
    await expect(first.patch(WEB, replicas(0))).rejects.toBeInstanceOf(ReadOnlyError);
    expect(first.log.requested).toEqual([]);
    const second = session(async () => {
      second.state.readOnly = true;
      return { outcome: 'allow' };
    });
    await expect(second.patch(WEB, replicas(0))).rejects.toBeInstanceOf(ReadOnlyError);
    expect(api.writes).toEqual([]);
  });

  test('what the server rejects is not asked about', async () => {
    api.intercept = seen =>
      seen.query.includes('dryRun') ? status(422, 'Invalid', 'spec.replicas: Invalid value: -1') : undefined;
    const { patch, log } = session(allow);
    await expect(patch(WEB, replicas(-1))).rejects.toThrow(/Invalid value: -1/);
    expect(log.requested).toEqual([]);
  });

  test('a server that cannot try it out is asked about without a diff', async () => {
    api.intercept = seen =>
      seen.query.includes('dryRun')
        ? status(400, 'BadRequest', 'admission webhook "x" does not support dry run')
        : undefined;
    const { patch, log } = session(allow);
    await patch(WEB, replicas(3));
    expect(log.requested[0]!.changes[0]).toMatchObject({
      note: expect.stringContaining('does not support dry run'),
    });
    expect(log.requested[0]!.changes[0]!.diff).toBeUndefined();
  });
});

describe('cards', () => {
  test('changes of the same tick share one card and one answer', async () => {
    const { patch, log } = session(allow);
    await Promise.all([patch(WEB, replicas(5)), patch(API, replicas(6))]);
    expect(log.requested).toHaveLength(1);
    expect(log.requested[0]!.changes.map(change => change.name)).toEqual(['web', 'api']);
    expect(api.writes).toHaveLength(2);
  });

  test('changes one after the other are asked one after the other', async () => {
    let up = 0;
    let most = 0;
    const { patch, log } = session(async () => {
      up += 1;
      most = Math.max(most, up);
      await new Promise(resolve => setImmediate(resolve));
      up -= 1;
      return { outcome: 'allow' };
    });
    await patch(WEB, replicas(5));
    await patch(API, replicas(6));
    expect(log.requested).toHaveLength(2);
    expect(most).toBe(1);
  });

  test('allow for the session covers this verb, kind and namespace until it is revoked', async () => {
    const { patch, send, gate, log } = session(async () => ({ outcome: 'allow-session' }));
    await patch(WEB, replicas(3));
    expect(gate.grants()).toEqual([{ verb: 'patch', kind: 'Deployment', namespace: 'shop' }]);
    await patch(API, replicas(4));
    expect(log.decided.map(([, by]) => by)).toEqual(['person', 'grant']);
    await send({ method: 'DELETE', path: API });
    expect(log.decided.map(([, by]) => by)).toEqual(['person', 'grant', 'person']);
    gate.revoke({ verb: 'patch', kind: 'Deployment', namespace: 'shop' });
    await patch(WEB, replicas(5));
    expect(log.decided.at(-1)![1]).toBe('person');
  });

  test('namespaces and collections are asked every time', async () => {
    api.put('/api/v1/namespaces/shop', 'Namespace');
    const grants = [
      { verb: 'delete', kind: 'Namespace', namespace: '' },
      { verb: 'deletecollection', kind: 'Pod', namespace: 'shop' },
    ];
    const { send, gate, log } = session(async () => ({ outcome: 'allow-session' }), { grants });
    await send({ method: 'DELETE', path: '/api/v1/namespaces/shop' });
    expect(log.decided).toEqual([[{ outcome: 'allow-session' }, 'person']]);
    expect(gate.grants()).toEqual(grants);
  });

  test('aborting while the card is up ends the wait and withdraws the card', async () => {
    let withdrawn: AbortSignal | undefined;
    let shown: () => void = () => {};
    const up = new Promise<void>(resolve => {
      shown = resolve;
    });
    const { patch, controller, log } = session((_request, signal) => {
      withdrawn = signal;
      shown();
      return new Promise(() => {});
    });
    const waiting = patch(WEB, replicas(9));
    await up;
    controller.abort(new Error('stopped by the user'));
    await expect(waiting).rejects.toThrow('stopped by the user');
    await expect.poll(() => log.decided).toHaveLength(1);
    expect(withdrawn!.aborted).toBe(true);
    expect(log.clock).toEqual(['pause', 'resume']);
    expect(api.writes).toEqual([]);
  });
});

describe('between approval and sending', () => {
  test('a change of status only is no obstacle', async () => {
    const { patch } = session(async () => {
      const now = api.objects.get(WEB)!;
      api.put(WEB, 'Deployment', {
        ...now,
        status: { readyReplicas: 1 },
        metadata: { ...now.metadata, resourceVersion: api.next() },
      });
      return { outcome: 'allow' };
    });
    await patch(WEB, replicas(4));
    expect(api.writes).toHaveLength(2);
    expect(api.objects.get(WEB)).toMatchObject({ spec: { replicas: 4 } });
  });

  test.each([
    ['spec', { spec: { replicas: 7 } }],
    ['labels', { metadata: { labels: { tier: 'gold' } } }],
  ])('a change of %s stops it', async (_what, fields) => {
    const { patch, log } = session(async () => {
      api.put(WEB, 'Deployment', { spec: { replicas: 2 }, ...fields });
      return { outcome: 'allow' };
    });
    await expect(patch(WEB, replicas(4))).rejects.toThrow(/has changed since it was approved/);
    expect(api.objects.get(WEB)).not.toMatchObject({ spec: { replicas: 4 } });
    expect(log.applied).toEqual([]);
  });

  test('the caller cannot change the request while the card is up', async () => {
    const body = replicas(3);
    const { patch } = session(async () => {
      body.spec.replicas = 99;
      return { outcome: 'allow' };
    });
    await patch(WEB, body);
    expect(api.writes[0]!.body).toMatchObject({ spec: { replicas: 3 } });
  });
});

describe('plans', () => {
  const eviction = {
    method: 'POST' as const,
    path: `${POD}/eviction`,
    body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'web-0', namespace: 'shop' } },
  };
  const cordon = {
    method: 'PATCH' as const,
    path: WEB,
    body: replicas(0),
    contentType: 'application/merge-patch+json',
  };

  test('one card, then exactly those requests pass once, a 429 leaves them approved', async () => {
    const { transport, send, log, controller } = session(allow);
    await transport.approve([cordon, eviction], controller.signal);
    expect(log.requested).toHaveLength(1);
    let refusals = 1;
    api.intercept = seen =>
      seen.path.endsWith('/eviction') && refusals-- > 0
        ? status(429, 'TooManyRequests', 'budget')
        : undefined;
    await send(cordon);
    await expect(send(eviction)).rejects.toMatchObject({ statusCode: 429 });
    await send(eviction);
    expect(log.requested).toHaveLength(1);
    await send({ ...cordon, body: replicas(1) });
    expect(log.requested).toHaveLength(2);
  });

  test('what was approved and not sent is forgotten with its call', async () => {
    const { transport, send, log, controller } = session(allow);
    const drop = await transport.approve([cordon], controller.signal);
    drop();
    await send(cordon);
    expect(log.requested).toHaveLength(2);
  });
});

test('commands in containers are asked about before they run', async () => {
  const ran: string[][] = [];
  const gate = createGate({
    approver: {
      decide: async request => ({ outcome: 'deny', reason: request.changes[0]!.request.query.command! }),
    },
    readOnly: () => false,
    interactive: true,
    newId: () => 'x',
  });
  const transport = gateTransport({
    transport: {
      ...api.transport(),
      exec: async target => {
        ran.push(target.command);
        return { exitCode: 0, stdout: '', stderr: '', truncated: false };
      },
    },
    gate,
    redactor: createRedactor(createVault()),
    readOnly: () => false,
  });
  const target = { namespace: 'shop', pod: 'web-0', command: ['env', '--password=Tr0ub4dor'] };
  const signal = new AbortController().signal;
  await expect(transport.exec!(target, signal)).rejects.toThrow(/env --password=‹secret:password:1›/);
  expect(ran).toEqual([]);
});

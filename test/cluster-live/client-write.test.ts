import { describe, expect, test } from 'vitest';
import { FakeApi } from './helpers/fake-api.ts';
import { failure, json, type SeenRequest, startServer } from './helpers/server.ts';
import { connect, errorOf, never, sentenceOf } from './helpers/transport.ts';

async function writing(answer: (request: SeenRequest) => unknown = request => JSON.parse(request.body)) {
  const api = new FakeApi();
  api.intercept = (request, response) => {
    if (request.method === 'GET') return false;
    const body = answer(request);
    if (body === 415)
      failure(response, 415, 'UnsupportedMediaType', 'the body of the request was in an unknown format');
    else json(response, body);
    return true;
  };
  const server = await startServer(api.handler);
  const live = await connect(server);
  const sent = () => {
    const { method, url, headers, body } = server.seen.at(-1)!;
    return {
      method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      type: headers['content-type'],
      body: JSON.parse(body),
    };
  };
  return {
    client: live.client,
    sent,
    [Symbol.asyncDispose]: async () => {
      await live[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { replicas: 2 },
};

describe('writes', () => {
  test('create, replace and server-side apply go where the object says', async () => {
    await using run = await writing();
    await run.client.create(deployment, { dryRun: true }, never);
    expect(run.sent()).toMatchObject({
      method: 'POST',
      path: '/apis/apps/v1/namespaces/shop/deployments',
      query: { dryRun: 'All', fieldManager: 'kv' },
      body: deployment,
    });
    const pinned = { ...deployment, metadata: { name: 'web', namespace: 'prod', resourceVersion: '42' } };
    await run.client.replace(pinned, {}, never);
    expect(run.sent()).toMatchObject({
      method: 'PUT',
      path: '/apis/apps/v1/namespaces/prod/deployments/web',
      body: { metadata: { resourceVersion: '42' } },
    });
    await run.client.apply(
      { ...deployment, metadata: { name: 'web', managedFields: [] } },
      { force: true },
      never,
    );
    expect(run.sent()).toEqual({
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/shop/deployments/web',
      query: { fieldManager: 'kv', force: 'true' },
      type: 'application/apply-patch+yaml',
      body: deployment,
    });
  });

  test.each([
    ['merge', 'application/merge-patch+json'],
    ['strategic', 'application/strategic-merge-patch+json'],
    ['json', 'application/json-patch+json'],
  ] as const)('%s patches carry their type', async (type, contentType) => {
    await using run = await writing(() => deployment);
    const target = { kind: 'deploy', name: 'web', namespace: 'shop', subresource: 'scale' };
    await run.client.patch(target, { type, body: { spec: { replicas: 3 } } }, {}, never);
    expect(run.sent()).toMatchObject({
      path: '/apis/apps/v1/namespaces/shop/deployments/web/scale',
      type: contentType,
    });
  });

  test('a strategic patch that a custom resource refuses says which to use', async () => {
    await using run = await writing(() => 415);
    const patch = { type: 'strategic', body: {} } as const;
    expect(await sentenceOf(run.client.patch({ kind: 'Widget', name: 'w' }, patch, {}, never))).toContain(
      'Widget does not take strategic patches. Kinds from CustomResourceDefinitions take merge and json patches only.',
    );
  });

  test('delete and evict carry preconditions, grace and dry run', async () => {
    await using run = await writing(() => ({ kind: 'Status', status: 'Success' }));
    const options = {
      gracePeriodSeconds: 5,
      propagationPolicy: 'Foreground',
      preconditions: { uid: 'u', resourceVersion: '9' },
      dryRun: true,
    } as const;
    await run.client.delete({ kind: 'Pod', name: 'web-1' }, options, never);
    expect(run.sent()).toMatchObject({
      method: 'DELETE',
      query: { dryRun: 'All' },
      body: { kind: 'DeleteOptions', ...options, dryRun: ['All'] },
    });
    await run.client.evict({ kind: 'Pod', name: 'web-1' }, { gracePeriodSeconds: 5 }, never);
    expect(run.sent()).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/shop/pods/web-1/eviction',
      body: {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: 'web-1', namespace: 'shop' },
        deleteOptions: { gracePeriodSeconds: 5 },
      },
    });
  });

  test('can asks for a SelfSubjectAccessReview', async () => {
    await using run = await writing(() => ({ status: { allowed: false, reason: 'no role' } }));
    const check = { verb: 'patch', kind: 'deploy', namespace: 'shop', subresource: 'scale' };
    expect(await run.client.can(check, never)).toEqual({ allowed: false, reason: 'no role' });
    expect(run.sent().body.spec.resourceAttributes).toEqual({
      verb: 'patch',
      group: 'apps',
      version: 'v1',
      resource: 'deployments',
      subresource: 'scale',
      namespace: 'shop',
    });
  });

  test('an object without kind or name is refused before anything is sent', async () => {
    await using run = await writing();
    const nameless = { ...deployment, metadata: { name: '' } };
    expect(await sentenceOf(run.client.replace(nameless, {}, never))).toContain('has no metadata.name');
    expect(await sentenceOf(run.client.create({ ...deployment, kind: '' }, {}, never))).toContain(
      'no apiVersion and kind',
    );
    expect(await sentenceOf(run.client.delete({ kind: 'Pod', name: '' }, {}, never))).toContain(
      'no name was given',
    );
  });

  test.each([
    ['Conflict', undefined, 'It was changed in the meantime'],
    ['AlreadyExists', undefined, 'Change it with apply or patch instead.'],
    [
      'Conflict',
      { causes: [{ reason: 'FieldManagerConflict', field: '.spec.replicas' }] },
      'take them over with force',
    ],
  ])('a %s says what to do (%#)', async (reason, details, hint) => {
    await using server = await startServer((request, response) => {
      if (request.method === 'GET') new FakeApi().handler(request, response);
      else failure(response, 409, reason, 'cannot be fulfilled', { details });
    });
    await using live = await connect(server);
    const error = await errorOf(live.client.apply(deployment, {}, never));
    expect(error.hint).toContain(hint);
    expect(error.facts).toMatchObject({ statusCode: 409, reason });
  });
});

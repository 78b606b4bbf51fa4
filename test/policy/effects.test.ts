import { expect, test } from 'vitest';
import { classify } from '../../src/policy/index.ts';

const POD = '/api/v1/namespaces/shop/pods/web-0';
const CASES: Array<[string, string, Record<string, string> | undefined, unknown, string, string]> = [
  ['GET', '/api/v1/namespaces/shop/pods', undefined, undefined, 'read', 'get'],
  ['GET', '/api/v1/namespaces/shop/pods', { watch: 'true' }, undefined, 'read', 'watch'],
  ['GET', `${POD}/log`, undefined, undefined, 'read', 'get'],
  ['GET', '/version', undefined, undefined, 'read', 'get'],
  ['GET', `${POD}/exec`, { command: 'sh' }, undefined, 'exec', 'exec'],
  ['GET', `${POD}/%65xec`, { command: 'sh' }, undefined, 'exec', 'exec'],
  ['GET', `${POD}/portforward`, undefined, undefined, 'exec', 'portforward'],
  ['GET', `${POD}/proxy/metrics`, undefined, undefined, 'exec', 'proxy'],
  ['GET', '/api/v1/nodes/node-1/proxy/run', undefined, undefined, 'exec', 'proxy'],
  ['GET', '/api/v1/namespaces/shop/services/web/proxy/', undefined, undefined, 'exec', 'proxy'],
  ['POST', `${POD}/attach`, undefined, undefined, 'exec', 'attach'],
  ['GET', `${POD}/../../pods/x/exec`, undefined, undefined, 'exec', 'get'],
  ['GET', '/api/v1/namespaces/shop/pods/a%2Fexec', undefined, undefined, 'exec', 'get'],
  ['POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', undefined, {}, 'read', 'create'],
  [
    'POST',
    '/apis/authorization.k8s.io/v1/namespaces/shop/localsubjectaccessreviews',
    undefined,
    {},
    'read',
    'create',
  ],
  ['POST', '/api/v1/namespaces/shop/serviceaccounts/default/token', { dryRun: 'All' }, {}, 'write', 'create'],
  ['POST', '/api/v1/namespaces/shop/configmaps', undefined, {}, 'write', 'create'],
  ['POST', '/api/v1/namespaces/shop/configmaps', { dryRun: 'All' }, {}, 'read', 'create'],
  ['POST', '/api/v1/namespaces/shop/configmaps', { dryRun: 'all' }, {}, 'write', 'create'],
  ['PUT', '/apis/apps/v1/namespaces/shop/deployments/web', undefined, {}, 'write', 'update'],
  ['PATCH', '/apis/apps/v1/namespaces/shop/deployments/web', undefined, {}, 'write', 'patch'],
  ['PATCH', '/apis/apps/v1/namespaces/shop/deployments/web/scale', undefined, {}, 'write', 'scale'],
  ['DELETE', POD, undefined, undefined, 'delete', 'delete'],
  ['DELETE', POD, { dryRun: 'All' }, undefined, 'read', 'delete'],
  // A body of its own makes the server ignore the query.
  ['DELETE', POD, { dryRun: 'All' }, { gracePeriodSeconds: 0 }, 'delete', 'delete'],
  ['DELETE', POD, undefined, { dryRun: ['All'] }, 'read', 'delete'],
  ['DELETE', '/api/v1/namespaces/shop/pods', undefined, undefined, 'delete', 'deletecollection'],
  ['DELETE', '/api/v1/namespaces/shop', undefined, undefined, 'delete', 'delete'],
  ['POST', `${POD}/eviction`, undefined, {}, 'delete', 'evict'],
  ['PATCH', `${POD}/ephemeralcontainers`, undefined, {}, 'exec', 'debug'],
  ['POST', '/something/else', undefined, {}, 'write', 'post'],
  ['FROB', POD, undefined, {}, 'write', 'frob'],
];

test.each(CASES)('%s %s %j %j is %s (%s)', (method, path, query, body, effect, verb) => {
  expect(classify(method, path, query, body)).toMatchObject({ effect, verb });
});

test('tells where the object lives', () => {
  expect(classify('PATCH', '/apis/apps/v1/namespaces/shop/deployments/web/scale')).toMatchObject({
    group: 'apps',
    version: 'v1',
    plural: 'deployments',
    namespace: 'shop',
    name: 'web',
    subresource: 'scale',
  });
  expect(classify('DELETE', '/api/v1/namespaces/shop')).toMatchObject({
    plural: 'namespaces',
    name: 'shop',
    namespace: '',
  });
});

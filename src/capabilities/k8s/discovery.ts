import { z } from 'zod';
import { apiVersionOf } from '../../cluster/types.ts';
import { defineCapability } from '../define.ts';
import { kindParam, namespaceParam } from './schemas.ts';

export const can = defineCapability({
  name: 'k8s.can',
  effect: 'read',
  reuse: 'never',
  summary: 'Whether the current user may do something (SelfSubjectAccessReview)',
  params: z.object({
    verb: z.string().min(1).describe('get, list, watch, create, update, patch, delete, …'),
    kind: kindParam,
    namespace: namespaceParam,
    name: z.string().optional(),
    subresource: z.string().optional().describe("'log', 'exec', 'scale'"),
  }),
  result: z.object({ allowed: z.boolean(), reason: z.string().optional() }),
  examples: [
    {
      title: 'may I delete pods here',
      code: "return await k8s.can({ verb: 'delete', kind: 'Pod', namespace: 'shop' })",
    },
  ],
  run: (context, params) =>
    context.cluster.can({ ...params, namespace: params.namespace ?? context.namespace }, context.signal),
});

export const apiResources = defineCapability({
  name: 'k8s.apiResources',
  effect: 'read',
  summary: 'Kinds that the cluster serves, custom resources included',
  params: z.object({
    query: z.string().optional().describe('part of a kind, plural, short name or group'),
    namespaced: z.boolean().optional(),
  }),
  result: z.object({
    items: z.array(
      z.object({
        kind: z.string(),
        apiVersion: z.string(),
        plural: z.string(),
        shortNames: z.array(z.string()),
        namespaced: z.boolean(),
        verbs: z.array(z.string()),
      }),
    ),
  }),
  examples: [
    { title: 'kinds of cert-manager', code: "return await k8s.apiResources({ query: 'cert-manager' })" },
  ],
  run: async (context, params) => {
    const query = params.query?.toLowerCase();
    const items = (await context.cluster.resources(context.signal))
      .filter(item => params.namespaced === undefined || item.namespaced === params.namespaced)
      .map(item => ({
        kind: item.kind,
        apiVersion: apiVersionOf(item),
        plural: item.plural,
        shortNames: item.shortNames,
        namespaced: item.namespaced,
        verbs: item.verbs,
      }))
      .filter(item => {
        const words = [item.kind, item.plural, item.apiVersion, ...item.shortNames];
        return !query || words.some(word => word.toLowerCase().includes(query));
      });
    return { items };
  },
});

export const version = defineCapability({
  name: 'k8s.version',
  effect: 'read',
  summary: "The API server's version",
  params: z.object({}),
  result: z.looseObject({ gitVersion: z.string().optional() }),
  examples: [{ title: 'server version', code: 'return (await k8s.version()).gitVersion' }],
  run: context => context.cluster.version(context.signal),
});

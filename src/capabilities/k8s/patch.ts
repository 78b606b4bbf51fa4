import { z } from 'zod';
import { defineCapability } from '../define.ts';
import { patchObject } from './change.ts';
import { changeResult, kindParam, namespaceParam } from './schemas.ts';

const target = { kind: kindParam, name: z.string().min(1), namespace: namespaceParam };

export const patch = defineCapability({
  name: 'k8s.patch',
  effect: 'write',
  summary: 'Patch one object',
  details:
    'merge replaces arrays whole; strategic merges containers by name (built-in kinds only); json takes operations',
  params: z.object({
    ...target,
    patch: z
      .union([z.record(z.string(), z.any()), z.array(z.record(z.string(), z.any()))])
      .describe('object for merge and strategic, array of operations for json'),
    type: z.enum(['merge', 'strategic', 'json']).default('merge'),
    subresource: z.string().optional(),
  }),
  result: changeResult,
  examples: [
    {
      title: 'raise a memory limit',
      code: "return await k8s.patch({ kind: 'Deployment', name: 'renderer', namespace: 'media', type: 'strategic', patch: { spec: { template: { spec: { containers: [{ name: 'app', resources: { limits: { memory: '256Mi' } } }] } } } } })",
    },
  ],
  run: (context, params) =>
    patchObject(
      context,
      params,
      { type: params.type, body: params.patch },
      { subresource: params.subresource },
    ),
});

const pairs = z.record(z.string(), z.string().nullable()).describe('null removes a key');

export const label = defineCapability({
  name: 'k8s.label',
  effect: 'write',
  summary: 'Set or remove labels of one object',
  params: z.object({ ...target, labels: pairs }),
  result: changeResult,
  examples: [
    {
      title: 'add a label, remove another',
      code: "return await k8s.label({ kind: 'Pod', name: 'web-0', namespace: 'shop', labels: { debug: 'true', old: null } })",
    },
  ],
  run: (context, params) =>
    patchObject(context, params, { type: 'merge', body: { metadata: { labels: params.labels } } }),
});

export const annotate = defineCapability({
  name: 'k8s.annotate',
  effect: 'write',
  summary: 'Set or remove annotations of one object',
  params: z.object({ ...target, annotations: pairs }),
  result: changeResult,
  examples: [
    {
      title: 'leave a note',
      code: "return await k8s.annotate({ kind: 'Deployment', name: 'web', namespace: 'shop', annotations: { note: 'see incident 12' } })",
    },
  ],
  run: (context, params) =>
    patchObject(context, params, { type: 'merge', body: { metadata: { annotations: params.annotations } } }),
});

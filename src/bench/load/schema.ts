import { z } from 'zod';

const pattern = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    try {
      new RegExp(text, 'i');
    } catch (error) {
      context.addIssue({ code: 'custom', message: `is no regular expression: ${(error as Error).message}` });
    }
  });

const snapshotCluster = z.strictObject({
  snapshot: z
    .string()
    .min(1)
    .describe(
      'a support bundle (folder or .tgz), relative to this file, or demo: the cluster that kv generates',
    ),
});

const liveCluster = z.strictObject({
  kubeconfig: z.string().optional().describe('relative to this file; default: as kubectl finds it'),
  context: z.string().optional(),
  setup: z.string().optional().describe('shell command, run before each run in the folder of this file'),
  teardown: z.string().optional().describe('shell command, run after each run'),
});

const step = z.strictObject({
  afterMs: z
    .number()
    .min(0)
    .describe('after the first change made, where changes are approved; else after the question'),
  path: z.string().startsWith('/').describe('/apis/apps/v1/namespaces/shop/deployments/web/status'),
  patch: z.record(z.string(), z.unknown()).describe('JSON merge patch'),
});

/** A scenario as users write it down; the form is that of `BenchScenario` without the policy. */
export const scenarioSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be kebab-case: letters a-z, digits and single hyphens')
    .describe('names the scenario on the command line and in reports'),
  title: z.string().min(1),
  question: z.string().trim().min(1),
  kind: z.enum(['lookup', 'cause', 'audit', 'search', 'wait', 'change']).default('cause'),
  namespace: z.string().optional(),
  cluster: z.union([snapshotCluster, liveCluster], {
    error: 'must be { snapshot } or { kubeconfig, context, setup, teardown }',
  }),
  expect: z
    .array(pattern)
    .min(1, 'needs at least one pattern: without a known answer nothing can be right or wrong')
    .describe('regular expressions that the answer must match, all of them'),
  forbid: z.array(pattern).default([]).describe('regular expressions that it must not match'),
  approve: z.boolean().optional().describe('what is said to approval cards; default: deny'),
  timeline: z.array(step).optional().describe('what happens in the snapshot meanwhile'),
});

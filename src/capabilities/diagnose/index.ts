import { z } from 'zod';
import { brief, rare } from '../brief.ts';
import { type AnyCapability, defineCapability } from '../define.ts';
import { find } from './find.ts';
import { diagnoseCluster, diagnoseNamespace, diagnoseObject } from './run.ts';

const ref = z.object({ kind: z.string(), namespace: z.string(), name: z.string() }).meta({ id: 'ObjectRef' });

const finding = z
  .object({
    mode: brief(z.string().describe('failure mode, such as oom-killed'), 'oom-killed, …'),
    severity: z.enum(['critical', 'warning', 'info']),
    object: ref,
    workload: brief(
      z.string().optional().describe('`Deployment shop/checkout` that owns the object'),
      "'Deployment shop/checkout'",
    ),
    rootCause: z.string(),
    evidence: z.array(z.object({ quote: z.string(), source: z.string() })),
    remediation: z.array(z.string()),
    ruledOut: z.array(z.string()),
    affected: brief(
      z.array(z.string()).describe('other objects that suffer from it, as `Pod shop/checkout-1`'),
      '',
    ),
    causedBy: brief(ref.optional().describe('the object whose own finding explains this one'), ''),
  })
  .meta({ id: 'Finding' });

const diagnosis = z
  .object({
    subject: z.string(),
    exists: z.boolean(),
    healthy: brief(z.boolean().describe('true when there is no finding above info'), ''),
    summary: z.string(),
    findings: z.array(finding).describe('causes first'),
    checked: rare(z.array(z.string()).describe('what was looked for')),
    notFoundHint: z.string().optional(),
  })
  .meta({ id: 'Diagnosis' });

const object = defineCapability({
  name: 'diagnose.object',
  effect: 'read',
  params: z.object({
    name: brief(
      z.string().min(1).describe('object name, app name, or the start of generated pod names'),
      'object, app, or start of pod names',
    ),
    kind: brief(
      z.string().optional().describe('Kind or short name; absent looks for the name in all common kinds'),
      '',
    ),
    namespace: brief(z.string().optional().describe("default: the session's namespace"), ''),
  }),
  result: diagnosis,
  summary: 'Find out what is wrong with one object and everything it depends on, with proof',
  brief:
    'checks it and all it depends on (pods, owners, events, logs, services, volumes, nodes, policies); quotes are literal',
  details:
    'Reads pods, owners, events, logs, services, volumes, nodes and policies by itself. Every evidence quote is literal.',
  examples: [
    {
      title: 'why is checkout crashing',
      code: "const d = await diagnose.object({ name: 'checkout', namespace: 'shop' });\nreturn d.findings[0];",
    },
  ],
  run: (context, params) => diagnoseObject(context, params),
});

const namespace = defineCapability({
  name: 'diagnose.namespace',
  effect: 'read',
  params: z.object({
    namespace: brief(z.string().optional().describe("default: the session's namespace"), ''),
  }),
  result: diagnosis,
  summary: 'Find everything that is wrong in one namespace, causes first',
  brief: '',
  examples: [
    {
      title: 'is anything wrong in shop',
      code: "return (await diagnose.namespace({ namespace: 'shop' })).summary;",
    },
  ],
  run: (context, params) => diagnoseNamespace(context, params.namespace ?? context.namespace),
});

const cluster = defineCapability({
  name: 'diagnose.cluster',
  effect: 'read',
  params: z.object({ limit: z.number().int().min(1).max(500).default(50).describe('findings at most') }),
  result: diagnosis,
  summary: 'Find everything that is wrong in the whole cluster, causes first',
  brief: '',
  examples: [
    {
      title: 'the ten worst problems',
      code: 'return (await diagnose.cluster({ limit: 10 })).findings.map(f => f.rootCause);',
    },
  ],
  run: (context, params) => diagnoseCluster(context, params.limit),
});

const lookup = defineCapability({
  name: 'diagnose.find',
  effect: 'read',
  params: z.object({
    text: z.string().min(1).max(20_000).describe('a name, or the words of a question that may be names'),
    namespace: z
      .string()
      .optional()
      .describe("looked at first; '*' for all; default: the session's namespace"),
  }),
  result: z.object({
    matches: z
      .array(
        ref.extend({
          how: z.enum(['exact', 'generated-name', 'label', 'part-of-name']),
          word: z.string().describe('the word that it was found by'),
        }),
      )
      .describe('best first'),
    nearest: z.array(ref).describe('similar names, when nothing matches'),
    namespaceExists: z.boolean(),
    nearestNamespaces: z.array(z.string()).describe('similar names, when the namespace does not exist'),
  }),
  summary: 'Find out which objects a name in a question refers to, in any namespace',
  examples: [{ title: 'what is "checkout"', code: "return await diagnose.find({ text: 'checkout' });" }],
  run: (context, params) =>
    find(
      context.cluster,
      { text: params.text, namespace: params.namespace ?? context.namespace },
      context.signal,
    ),
});

export const diagnoseCapabilities: AnyCapability[] = [
  object,
  namespace,
  cluster,
  lookup,
] as unknown as AnyCapability[];

import { z } from 'zod';
import { defineCapability } from '../define.ts';
import { kubeObject } from '../k8s/schemas.ts';
import { manifestObjects } from './release.ts';
import { releaseParams, releaseRow, revisionParam, rowOf } from './schemas.ts';
import { findRelease } from './storage.ts';

const PARTS = ['values', 'allValues', 'manifest', 'hooks', 'notes'] as const;

export const get = defineCapability({
  name: 'helm.get',
  effect: 'read',
  summary: 'What a Helm release consists of: values, rendered objects, hooks, notes',
  details: 'values are those the user set; allValues has the defaults of the chart beneath them',
  params: z.object({
    ...releaseParams,
    revision: revisionParam,
    parts: z.array(z.enum(PARTS)).default(['values']),
  }),
  result: releaseRow.extend({
    values: z.record(z.string(), z.any()).optional(),
    allValues: z.record(z.string(), z.any()).optional(),
    manifest: z.array(kubeObject).optional(),
    hooks: z
      .array(
        z.object({
          name: z.string(),
          kind: z.string(),
          events: z.array(z.string()),
          objects: z.array(kubeObject),
        }),
      )
      .optional(),
    notes: z.string().optional(),
  }),
  examples: [
    {
      title: 'what changed in the values since the revision before',
      code: "const now = await helm.get({ release: 'web' });\nconst before = await helm.get({ release: 'web', revision: now.revision - 1 });\nreturn { now: now.values, before: before.values };",
    },
  ],
  run: async (context, params) => {
    const release = await findRelease(context, params);
    const has = (part: (typeof PARTS)[number]) => params.parts.includes(part);
    return {
      ...rowOf(release),
      ...(has('values') && { values: release.values }),
      ...(has('allValues') && { allValues: layered(release.defaults, release.values) }),
      ...(has('manifest') && { manifest: manifestObjects(release.manifest) }),
      ...(has('hooks') && {
        hooks: release.hooks.map(({ name, kind, events, manifest }) => ({
          name,
          kind,
          events,
          objects: manifestObjects(manifest),
        })),
      }),
      ...(has('notes') && { notes: release.notes }),
    };
  },
});

/** Values over defaults, as Helm coalesces them: tables merge, null removes, everything else replaces. */
function layered(
  defaults: Record<string, unknown>,
  values: Record<string, unknown>,
): Record<string, unknown> {
  const out: Record<string, unknown> = { ...defaults };
  for (const [key, value] of Object.entries(values)) {
    const below = out[key];
    if (value === null) delete out[key];
    else if (isTable(below) && isTable(value)) out[key] = layered(below, value);
    else out[key] = value;
  }
  return out;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

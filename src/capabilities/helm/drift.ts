import { z } from 'zod';
import { defineCapability } from '../define.ts';
import { type ReleaseDrift, releaseDrift } from './drift/release-drift.ts';
import { releaseParams, releaseRow, revisionParam, rowOf } from './schemas.ts';
import { findRelease } from './storage.ts';

const drifted = z.object({
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  path: z.string().describe("'.spec.replicas'; '' for a whole object"),
  change: z.enum(['changed', 'removed', 'added', 'missing']),
  rendered: z.any().optional().describe('what the chart says'),
  live: z.any().optional().describe('what the cluster has'),
});

export const drift = defineCapability({
  name: 'helm.drift',
  effect: 'read',
  summary: 'What was changed in the cluster since Helm deployed a release',
  details:
    'Compares the rendered objects with the live ones by meaning: defaults filled in by the server are no drift, replicas set by an autoscaler are listed as explained',
  params: z.object({ ...releaseParams, revision: revisionParam }),
  result: releaseRow.extend({
    summary: z.string(),
    drifted: z.boolean(),
    objects: z.number().describe('objects compared'),
    drift: z.array(drifted),
    explained: z.array(drifted.extend({ why: z.string() })),
    unreadable: z.array(z.object({ object: z.string(), why: z.string() })),
  }),
  examples: [
    { title: 'has this release been changed by hand?', code: "return await helm.drift({ release: 'web' });" },
    {
      title: 'drift of all releases',
      code: "const { items } = await helm.list({ namespace: '*' });\nconst all = await Promise.all(items.map(r => helm.drift({ release: r.name, namespace: r.namespace })));\nreturn all.filter(r => r.drifted).map(r => ({ release: r.name, drift: r.drift }));",
    },
  ],
  run: async (context, params) => {
    const release = await findRelease(context, params);
    const found = await releaseDrift(context, release);
    return {
      ...rowOf(release),
      summary: summaryOf(found),
      drifted: found.drift.length > 0,
      ...found,
    };
  },
});

function summaryOf({ objects, drift, unreadable }: ReleaseDrift): string {
  const touched = new Set(drift.map(item => `${item.kind}/${item.namespace}/${item.name}`)).size;
  const read = unreadable.length > 0 ? `, ${unreadable.length} could not be read` : '';
  if (drift.length === 0) return `none of ${objects} objects differs${read}`;
  return `${touched} of ${objects} objects differ in ${drift.length} ${drift.length === 1 ? 'place' : 'places'}${read}`;
}

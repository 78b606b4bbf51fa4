import { z } from 'zod';
import { defineCapability } from '../define.ts';
import { decodeRelease } from './release.ts';
import { releaseParams, releaseRow, rowOf } from './schemas.ts';
import { findRelease, storedRevisions } from './storage.ts';

export const history = defineCapability({
  name: 'helm.history',
  effect: 'read',
  summary: 'Revisions of a Helm release, newest first',
  params: z.object(releaseParams),
  result: z.object({ revisions: z.array(releaseRow) }),
  examples: [
    {
      title: 'when it last worked',
      code: "const { revisions } = await helm.history({ release: 'web' });\nreturn revisions.find(r => r.status === 'superseded' || r.status === 'deployed');",
    },
  ],
  run: async (context, params) => {
    const namespace = params.namespace ?? context.namespace;
    const stored = await storedRevisions(context, { namespace, release: params.release });
    // Says which releases there are.
    if (stored.length === 0) await findRelease(context, params);
    const revisions = stored.map(item => rowOf(decodeRelease(item))).reverse();
    return { revisions };
  },
});

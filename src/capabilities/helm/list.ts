import { z } from 'zod';
import type { KubeObject } from '../../cluster/types.ts';
import { defineCapability } from '../define.ts';
import { anyNamespaceParam } from '../k8s/schemas.ts';
import { decodeRelease } from './release.ts';
import { releaseRow, rowOf } from './schemas.ts';
import { revisionOf, storedRevisions } from './storage.ts';

export const list = defineCapability({
  name: 'helm.list',
  effect: 'read',
  summary: 'List Helm releases at their newest revision',
  params: z.object({ namespace: anyNamespaceParam }),
  result: z.object({ items: z.array(releaseRow), count: z.number() }),
  examples: [
    {
      title: 'releases that are not deployed',
      code: "const { items } = await helm.list({ namespace: '*' });\nreturn items.filter(r => r.status !== 'deployed');",
    },
  ],
  run: async (context, params) => {
    const stored = await storedRevisions(context, { namespace: params.namespace ?? context.namespace });
    const items = newest(stored).map(item => rowOf(decodeRelease(item)));
    items.sort((a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name));
    return { items, count: items.length };
  },
});

function newest(stored: readonly KubeObject[]): KubeObject[] {
  const byRelease = Map.groupBy(
    stored,
    item => `${item.metadata.namespace}/${item.metadata.labels?.['name'] ?? ''}`,
  );
  return [...byRelease.values()].map(revisions =>
    revisions.reduce((a, b) => (revisionOf(b) > revisionOf(a) ? b : a)),
  );
}

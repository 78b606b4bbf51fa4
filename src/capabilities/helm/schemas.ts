import { z } from 'zod';
import { namespaceParam } from '../k8s/schemas.ts';
import type { Release } from './release.ts';

export const releaseParams = {
  release: z.string().min(1).max(53).describe('name of the release'),
  namespace: namespaceParam,
};

export const revisionParam = z.int().min(1).optional().describe('default: the newest');

export const releaseRow = z
  .object({
    name: z.string(),
    namespace: z.string(),
    revision: z.number(),
    status: z.string().describe('deployed, failed, pending-upgrade, superseded, …'),
    chart: z.string().describe("name and version: 'redis-19.1.0'"),
    appVersion: z.string(),
    updated: z.string().describe('RFC 3339, UTC'),
    description: z.string().describe("what Helm said: 'Upgrade complete', or why it failed"),
  })
  .meta({ id: 'HelmRelease' });

export function rowOf(release: Release): z.input<typeof releaseRow> {
  const { name, namespace, revision, status, chart, lastDeployed, description } = release;
  return {
    name,
    namespace,
    revision,
    status,
    chart: `${chart.name}-${chart.version}`,
    appVersion: chart.appVersion,
    updated: inUtc(lastDeployed),
    description,
  };
}

/** Helm writes times in the zone of whoever ran it; in one zone they can be compared as text. */
function inUtc(time: string): string {
  const at = Date.parse(time);
  return Number.isNaN(at) ? time : new Date(at).toISOString();
}

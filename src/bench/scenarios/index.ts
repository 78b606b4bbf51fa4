import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A snapshot with a question and a known answer. */
export interface Scenario {
  id: string;
  title: string;
  question: string;
  namespace: string;
  /** Patterns that a right answer matches, and patterns that no right answer matches. */
  expect: RegExp[];
  forbid: RegExp[];
}

/** The scenarios on the demo cluster, in the order in which `kv demo --list` shows them. */
export const DEMO_SCENARIOS: readonly Scenario[] = [
  {
    id: 'checkout',
    title: 'A rollout left every checkout pod in a crash loop',
    question: 'why is pod checkout crashing?',
    namespace: 'shop',
    expect: [/PAYMENTS_API_URL/],
    forbid: [/OOMKilled(?! is ruled out)/],
  },
  {
    id: 'trainer',
    title: 'A training job waits for GPUs that no node has',
    question: 'why is trainer pending?',
    namespace: 'ml',
    expect: [/nvidia\.com\/gpu/],
    forbid: [],
  },
  {
    id: 'storefront',
    title: 'The storefront answers nobody although all its pods run',
    question: 'why is the web service unreachable?',
    namespace: 'storefront',
    expect: [/selector|label/i, /blue/, /green/],
    forbid: [],
  },
];

/** Changes whenever the generated cluster does, so that an old copy in the cache is not used. */
const DEMO_REVISION = '4';

/** The snapshot's folder name. */
export const DEMO_SNAPSHOT = `demo-cluster-${DEMO_REVISION}`;

/**
 * The folder of the demo snapshot, generated under `cacheDirectory` on first use (60 MB, a few seconds). A
 * half-written copy is never used: it is built beside and renamed into place.
 */
export async function demoSnapshot(
  cacheDirectory: string,
  onProgress: (text: string) => void,
): Promise<string> {
  const target = join(cacheDirectory, DEMO_SNAPSHOT);
  if (existsSync(join(target, '.complete'))) return target;
  const building = `${target}.${process.pid}`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(building, { recursive: true });
  const { demoCluster } = await import('./generated/demo-cluster.ts');
  onProgress('Making the demo cluster (once, 60 MB)…');
  await demoCluster().write(building, () => {});
  writeFileSync(join(building, '.complete'), '');
  rmSync(target, { recursive: true, force: true });
  renameSync(building, target);
  return target;
}

import type { BenchScenario } from '../scenario.ts';
import { AUDITS } from './audits.ts';
import { CAUSES } from './causes.ts';
import { LOOKUPS } from './lookups.ts';
import { PROCEDURES } from './procedures.ts';
import { SEARCHES } from './searches.ts';

/** The scenarios that ship with kv, all on the cluster of `kv demo`. */
export const BENCH_SCENARIOS: readonly BenchScenario[] = [
  ...LOOKUPS,
  ...CAUSES,
  ...SEARCHES,
  ...AUDITS,
  ...PROCEDURES,
];

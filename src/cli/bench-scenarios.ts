import { loadScenarios, type PlannedScenario } from '../bench/index.ts';
import { demoSnapshot } from '../bench/scenarios/index.ts';
import { BENCH_SCENARIOS } from '../bench/scenarios/suite.ts';
import { kvPaths } from '../config/paths.ts';
import { KvError } from '../shared/errors.ts';
import { nearest } from '../shared/nearest.ts';
import type { BenchOptions } from './commands/bench.ts';

/** The scenarios that the options name, in their order of definition; snapshots are not opened yet. */
export async function chosenScenarios(
  options: Pick<BenchOptions, 'scenarios' | 'only'>,
): Promise<PlannedScenario[]> {
  const all =
    options.scenarios === undefined
      ? BENCH_SCENARIOS.map(scenario => ({ ...scenario, directory: process.cwd() }))
      : await loadScenarios(options.scenarios);
  const { only } = options;
  if (!only) return all;
  const ids = all.map(scenario => scenario.id);
  const unknown = only.find(id => !ids.includes(id));
  if (unknown !== undefined) {
    const near = nearest(unknown, ids, 1)[0];
    throw new KvError('usage', `There is no scenario "${unknown}".`, {
      hint: near ? `Did you mean ${near}?` : `There are ${ids.join(', ')}.`,
    });
  }
  return all.filter(scenario => only.includes(scenario.id));
}

/** The scenarios with `demo` replaced by the folder of the generated cluster, which is made if it is not there yet. */
export async function withDemoCluster(scenarios: PlannedScenario[]): Promise<PlannedScenario[]> {
  const isDemo = ({ cluster }: PlannedScenario) => 'snapshot' in cluster && cluster.snapshot === 'demo';
  if (!scenarios.some(isDemo)) return scenarios;
  const { cacheDirectory } = kvPaths(process.env);
  const snapshot = await demoSnapshot(cacheDirectory, text => process.stderr.write(`${text}\n`));
  return scenarios.map(scenario => (isDemo(scenario) ? { ...scenario, cluster: { snapshot } } : scenario));
}

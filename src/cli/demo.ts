import { DEMO_SCENARIOS, demoSnapshot } from '../bench/scenarios/index.ts';
import { kvPaths } from '../config/paths.ts';
import { KvError } from '../shared/errors.ts';
import { nearest } from '../shared/nearest.ts';
import { runFrontEnd } from './front-end.ts';
import { isInteractive } from './investigate.ts';
import type { SessionOptions } from './options.ts';

/** `kv demo --list`. */
export async function listDemos(): Promise<void> {
  for (const { id, title, question, namespace } of DEMO_SCENARIOS) {
    process.stdout.write(`${title}\n  kv demo ${id.padEnd(12)} asks "${question}" in ${namespace}\n`);
  }
}

/** `kv demo [scenario]`: the shipped snapshot, the offline model unless another is chosen, then the open prompt. */
export async function demo(name: string | undefined, options: SessionOptions): Promise<void> {
  const scenario = DEMO_SCENARIOS.find(item => item.id === (name ?? DEMO_SCENARIOS[0]!.id));
  if (!scenario) {
    const ids = DEMO_SCENARIOS.map(item => item.id);
    const near = nearest(name!, ids, 1)[0];
    throw new KvError('usage', `There is no demo scenario "${name}".`, {
      hint: near ? `Did you mean ${near}?` : `There are ${ids.join(', ')}.`,
    });
  }
  const { cacheDirectory } = kvPaths(process.env);
  const snapshot = await demoSnapshot(cacheDirectory, text => process.stderr.write(`${text}\n`));
  const interactive = isInteractive(options);
  const chosen = {
    ...options,
    snapshot,
    namespace: options.namespace ?? scenario.namespace,
    model: options.model ?? 'offline',
  };
  await runFrontEnd({
    options: chosen,
    title: scenario.question,
    interactive,
    question: scenario.question,
    stay: true,
  });
}

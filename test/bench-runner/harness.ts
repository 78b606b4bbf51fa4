import { resolve } from 'node:path';
import { DEFAULT_QUESTION_LIMITS } from '../../src/agent/limits.ts';
import {
  type BenchMode,
  type BenchReport,
  createPolicyModel,
  type PlannedRun,
  type PlannedScenario,
  planBench,
  type RunDeps,
  type RunResult,
  runBench,
  summarize,
} from '../../src/bench/index.ts';
import type { Policy } from '../../src/bench/policy.ts';

export const SMALL_CLUSTER = resolve('test/fixtures/small-cluster');

/** Reads the failing pod's log by what the pod list says, as a model would. */
export const checkoutPolicy: Policy = {
  code: turn =>
    turn.index === 0
      ? `I look for what crashes.\n\`\`\`ts
const { items } = await k8s.pods({ namespace: 'checkout' });
const logs = await Promise.all(items.map(pod => k8s.logs({ namespace: 'checkout', pod: pod.name, grep: 'FATAL' })));
return logs;
\`\`\``
      : `REPORT
Verdict: cause-found
Root cause: ${/DATABASE_URL/.exec(turn.results[0] ?? '')?.[0] ?? 'unknown'} is not set
Confidence: high
Evidence:
- "FATAL: required environment variable" — k8s.logs`,
  tools: turn => {
    if (turn.index === 0) {
      const calls = ['checkout', 'catalog'].map(namespace => ({ name: 'k8s.pods', input: { namespace } }));
      return { text: 'I look for what crashes.', calls };
    }
    if (turn.index === 1) {
      const pod = /checkout-[a-z0-9]+-[a-z0-9]+/.exec(turn.results[0] ?? '')?.[0] ?? 'none';
      const input = { namespace: 'checkout', pod, grep: 'FATAL' };
      return { text: '', calls: [{ name: 'k8s.logs', input }] };
    }
    return { text: `${/DATABASE_URL/.exec(turn.results[0] ?? '')?.[0] ?? 'unknown'} is not set` };
  },
};

export function scenario(parts: Partial<PlannedScenario> = {}): PlannedScenario {
  return {
    id: 'checkout',
    title: 'A pod without its configuration',
    question: 'why is checkout crashing?',
    kind: 'cause',
    namespace: 'checkout',
    cluster: { snapshot: SMALL_CLUSTER },
    expect: ['database_url'],
    forbid: ['OOMKilled'],
    policy: checkoutPolicy,
    directory: resolve('.'),
    ...parts,
  };
}

export interface BenchWishes {
  scenarios?: PlannedScenario[];
  modes?: BenchMode[];
  repeats?: number;
  /** Commands by server name. */
  peers?: Record<string, string>;
  together?: boolean;
  deps?: Partial<RunDeps>;
}

/** A whole benchmark in this process, with the model `scripted`. */
export async function runScripted(
  wishes: BenchWishes = {},
): Promise<{ results: RunResult[]; report: BenchReport; order: string[] }> {
  const { peers = {}, deps = {} } = wishes;
  const plan = planBench({
    scenarios: wishes.scenarios ?? [scenario()],
    modes: wishes.modes ?? ['code', 'tools', 'tools-sequential'],
    models: ['scripted'],
    peers: Object.keys(peers),
    repeats: wishes.repeats ?? 1,
  });
  const results: RunResult[] = [];
  const order: string[] = [];
  const runs = runBench(
    {
      version: '0.0.0',
      model: async run => scriptedModel(run),
      peers: new Map(Object.entries(peers)),
      limits: () => ({ ...DEFAULT_QUESTION_LIMITS, tokens: 1e8 }),
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
      now: Date.now,
      ...deps,
    },
    plan,
    { jobs: 1, together: wishes.together ?? false },
    AbortSignal.timeout(60_000),
  );
  for await (const event of runs) {
    if (event.type === 'run-started') order.push(`start ${event.run.column.id}`);
    if (event.type === 'run-finished') {
      order.push(`end ${event.run.column.id}`);
      results.push(event.result);
    }
  }
  const facts = { kv: '0.0.0', at: '2026-11-21T00:00:00Z', command: 'kv bench', machine: 'a test' };
  return { results, report: summarize(plan, results, facts), order };
}

export function scriptedModel({ scenario: { id, policy }, column }: PlannedRun) {
  if (!policy) throw new Error(`${id} has no policy`);
  return createPolicyModel(policy, { id, sequential: column.mode === 'tools-sequential', peer: column.peer });
}

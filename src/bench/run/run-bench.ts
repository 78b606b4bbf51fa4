import type { AgentEvent } from '../../agent/events.ts';
import { EventQueue } from '../../shared/event-queue.ts';
import { type CodeWork, createSameCallsModel, createWorkRecorder } from '../model/same-calls.ts';
import type { BenchPlan, PlannedRun, RunGroup } from '../plan.ts';
import { followsCode } from '../result.ts';
import type { BenchEvent } from './events.ts';
import { type RunDeps, runOne } from './run-one.ts';

export interface BenchPace {
  /** Runs at the same time. */
  jobs: number;
  /** Runs all columns of a group at the same time and one group after the other, as a race shows them; `jobs` does not count. */
  together: boolean;
}

/** Carries out a plan. Yields everything that happens; ends early, without an error, when `signal` aborts. */
export async function* runBench(
  deps: RunDeps,
  plan: BenchPlan,
  pace: BenchPace,
  signal: AbortSignal,
): AsyncGenerator<BenchEvent> {
  const queue = new EventQueue<BenchEvent>();
  let failure: unknown;
  void work(deps, plan, pace, event => queue.push(event), signal)
    .catch(error => {
      failure = error;
    })
    .then(() => queue.end());
  yield* queue;
  if (failure !== undefined && !signal.aborted) throw failure;
}

async function work(
  deps: RunDeps,
  { groups }: BenchPlan,
  pace: BenchPace,
  emit: (event: BenchEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const codeWork = new Map(groups.map(group => [group, Promise.withResolvers<CodeWork>()]));
  const perform = async (run: PlannedRun, group: RunGroup) => {
    const { promise, resolve } = codeWork.get(group)!;
    const { mode } = run.column;
    const recorder = createWorkRecorder();
    try {
      signal.throwIfAborted();
      const own = followsCode(mode) ? following(deps, await promise) : deps;
      emit({ type: 'run-started', run });
      const observe = (event: AgentEvent) => {
        recorder.observe(event);
        emit({ type: 'event', run, event });
      };
      emit({ type: 'run-finished', run, result: await runOne(own, run, observe, signal) });
    } finally {
      if (mode === 'code') resolve(recorder.work());
    }
  };
  const announce = (group: RunGroup) =>
    emit({ type: 'group-started', group, index: groups.indexOf(group) + 1, total: groups.length });
  if (pace.together) {
    for (const group of groups) {
      announce(group);
      await Promise.all(group.runs.map(run => perform(run, group)));
    }
    return;
  }
  const waiting = groups.flatMap(group => group.runs.map((run, i) => ({ run, group, isFirst: i === 0 })));
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      if (next.isFirst) announce(next.group);
      await perform(next.run, next.group);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, pace.jobs) }, worker));
}

/** The same, with a model that does what the code run did. */
function following(deps: RunDeps, work: CodeWork): RunDeps {
  return {
    ...deps,
    model: async ({ scenario, column }) =>
      createSameCallsModel(work, {
        id: scenario.id,
        sequential: column.mode === 'tools-same-calls-sequential',
      }),
  };
}

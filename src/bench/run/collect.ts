import type { AgentEvent } from '../../agent/events.ts';
import { reportText } from '../../agent/reporting/text.ts';
import { emptyUsage, observeUsage, type Usage } from '../../agent/usage-view.ts';
import type { RunResult, TurnFigures } from '../result.ts';
import type { BenchScenario } from '../scenario.ts';
import { judge } from './judge.ts';

/** Capabilities whose time is spent waiting for something to happen, not working. */
const WAITING = new Set(['sleep', 'k8s.wait']);

/** Turns the events of one run's session into its figures. Nothing else tells the bench what a run cost. */
export function createCollector() {
  let usage: Usage = emptyUsage();
  const turns: TurnFigures[] = [];
  const answers: string[] = [];
  const names = new Map<number, string>();
  const evidence = { grounded: 0, total: 0 };
  const approvals = { allowed: 0, denied: 0 };
  let mode: TurnFigures['mode'] = 'code';
  let waitMs = 0;
  let finished: Extract<AgentEvent, { type: 'finished' }> | undefined;

  const observe = (event: AgentEvent): void => {
    usage = observeUsage(usage, event);
    switch (event.type) {
      case 'turn-started':
        mode = event.mode;
        break;
      case 'turn-finished':
        turns.push({ ...tokensOf(event.usage), mode, calls: 0, durationMs: event.durationMs });
        break;
      case 'call-started': {
        const turn = turns.at(-1);
        if (turn) turn.calls += 1;
        names.set(event.call, event.name);
        break;
      }
      case 'call-finished':
        if (WAITING.has(names.get(event.call) ?? '')) waitMs += event.durationMs;
        break;
      case 'approval-decided':
        if (event.decision.outcome === 'deny') approvals.denied += 1;
        else approvals.allowed += 1;
        break;
      case 'report':
        answers.push(reportText(event.report));
        evidence.total += event.report.evidence.length;
        evidence.grounded += event.report.evidence.filter(item => item.verified).length;
        break;
      case 'answer':
        answers.push(event.text);
        break;
      case 'finished':
        finished = event;
        break;
      default:
    }
  };

  const figures = (scenario: BenchScenario): Omit<RunResult, 'scenario' | 'column' | 'repeat' | 'doubts'> => {
    const answer = answers.join('\n\n');
    const verdict = judge(scenario, answer);
    const status = finished?.status ?? 'failed';
    const { counterfactual, meter } = usage;
    return {
      status,
      message: status === 'answered' ? undefined : (finished?.message ?? 'It ended without a word.'),
      answer,
      ...verdict,
      correct: verdict.correct && status === 'answered',
      evidence,
      turns,
      input: sum(turns, turn => turn.input),
      cached: sum(turns, turn => turn.cached),
      output: sum(turns, turn => turn.output),
      estimated: turns.some(turn => turn.estimated),
      calls: finished?.calls ?? 0,
      costUsd: meter.costUsd,
      durationMs: finished?.durationMs ?? 0,
      modelMs: sum(turns, turn => turn.durationMs),
      waitMs,
      approvals,
      predicted: counterfactual && {
        batched: counterfactual.batched.input,
        sequential: counterfactual.sequential.input,
      },
    };
  };
  return { observe, figures };
}

function tokensOf(usage: Extract<AgentEvent, { type: 'turn-finished' }>['usage']) {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, estimated } = usage;
  return {
    input: inputTokens + cacheReadTokens + cacheWriteTokens,
    cached: cacheReadTokens,
    output: outputTokens,
    estimated,
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

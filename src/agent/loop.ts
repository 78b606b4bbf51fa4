import type { ModelMessage } from '../llm/port.ts';
import { EventQueue } from '../shared/event-queue.ts';
import { askModel } from './ask-model.ts';
import { addMessage, append, assistantMessage } from './conversation.ts';
import { type Ending, endingOf, stopped } from './ending.ts';
import type { AgentEventBody } from './events.ts';
import { ProgressGuard } from './guard.ts';
import type { LoopDeps } from './loop-deps.ts';
import type { ModelAnswer } from './modes/mode.ts';
import { groundReport } from './reporting/ground.ts';
import { parseReport } from './reporting/parse.ts';
import type { BudgetWord } from './spending.ts';

const BUDGET_HINT = '`kv usage` shows what was spent; budgets are set in the config file.';

/**
 * Works on one question: asks the model, carries out what it wants, and goes on until it reports, a limit is
 * reached, it turns in circles, or `signal` aborts. Yields everything that happens, ending with `finished`.
 * Never throws: failures are the `finished` event's status.
 */
export async function* investigate(
  deps: LoopDeps,
  question: ModelMessage,
  signal: AbortSignal,
): AsyncGenerator<AgentEventBody> {
  const queue = new EventQueue<AgentEventBody>();
  const started = deps.now();
  const callsBefore = deps.callCount();
  let turns = 0;
  const emit = (event: AgentEventBody) => {
    if (event.type === 'turn-started') turns += 1;
    queue.push(event);
  };
  const finish = (end: Ending) => {
    const calls = deps.callCount() - callsBefore;
    queue.push({ type: 'finished', ...end, turns, calls, durationMs: deps.now() - started });
    queue.end();
  };
  void work(deps, question, emit, signal)
    .catch(error => endingOf(error, signal))
    .then(finish);
  yield* queue;
}

async function work(
  deps: LoopDeps,
  question: ModelMessage,
  emit: (event: AgentEventBody) => void,
  signal: AbortSignal,
): Promise<Ending> {
  const guard = new ProgressGuard();
  const hear = (words: BudgetWord[]) => {
    for (const { level, text, scope } of words) emit({ type: 'budget', level, text, scope });
    return words.find(word => word.level === 'exceeded');
  };
  const exhausted = hear(deps.spending.begin());
  if (exhausted) return { status: 'limit', message: exhausted.text, hint: exhausted.hint ?? BUDGET_HINT };
  const spent = { tokens: 0, calls: deps.callCount() };
  addMessage(deps.history, question);
  for (let step = 1; ; step++) {
    const turn = deps.nextTurn();
    let overspent: BudgetWord | undefined;
    const answer = await askModel(deps, turn, emit, signal, usage => {
      spent.tokens += usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens;
      overspent = hear(deps.spending.add(turn, usage));
    });
    if (answer.reason === 'refusal') {
      return {
        status: 'failed',
        message: 'The model declined to answer this question.',
        hint: 'Rephrase it or choose another model with --model.',
      };
    }
    const last = step > deps.limits.turns;
    const wantsMore = answer.script !== undefined || answer.toolCalls.length > 0;
    if (overspent && wantsMore)
      return stopped(deps, emit, 'the budget', overspent.text, overspent.hint ?? BUDGET_HINT);
    if (last && wantsMore)
      return stopped(
        deps,
        emit,
        `the limit of ${deps.limits.turns} ${deps.limits.turns === 1 ? 'turn' : 'turns'}`,
      );
    const next = await deps.mode.respond(answer, { turn, emit, signal });
    if (next.kept) keepInstead(deps, next.kept, turn);
    if (next.reply) {
      deps.context.note(next.reply, turn);
      addMessage(deps.history, next.reply);
    }
    if (next.kind === 'final') {
      deliver(deps, next, emit);
      return { status: 'answered' };
    }
    // The answer was of no use and is asked for again: that would cost again.
    if (overspent) return stopped(deps, emit, 'the budget', overspent.text, overspent.hint ?? BUDGET_HINT);
    const exceeded = exceededLimit(deps, spent);
    if (exceeded) return stopped(deps, emit, exceeded);
    const verdict = guard.observe(next);
    if (verdict.kind === 'stop') return stopped(deps, emit, `no progress (${verdict.reason})`);
    if (verdict.kind === 'nudge') {
      emit({ type: 'nudge', turn, reason: verdict.reason, text: verdict.text });
      append(deps.history, verdict.text);
    }
    if (step === deps.limits.turns)
      append(deps.history, 'That was the last round. Write the REPORT now from what you know.');
  }
}

/** Puts the answer as it was carried out in the place of the answer as it was given, the newest message. */
function keepInstead(deps: LoopDeps, answer: ModelAnswer, turn: number): void {
  const said = assistantMessage(answer, answer.toolCalls);
  deps.context.note(said, turn);
  deps.history.splice(-1, 1, said);
}

function deliver(
  deps: LoopDeps,
  { text, plain }: { text: string; plain?: boolean },
  emit: (event: AgentEventBody) => void,
): void {
  const report = plain ? undefined : parseReport(text);
  if (!report) {
    emit({ type: 'answer', text: deps.redactText(text) });
    return;
  }
  emit({
    type: 'report',
    report: groundReport(redacted(report, deps.redactText), deps.journal, deps.namespace),
  });
}

function redacted<T>(value: T, redactText: (text: string) => string): T {
  return JSON.parse(JSON.stringify(value), (_key, item) =>
    typeof item === 'string' ? redactText(item) : item,
  ) as T;
}

function exceededLimit(deps: LoopDeps, spent: { tokens: number; calls: number }): string | undefined {
  if (spent.tokens > deps.limits.tokens)
    return `the limit of ${deps.limits.tokens.toLocaleString('en')} tokens`;
  if (deps.callCount() - spent.calls > deps.limits.calls) return `the limit of ${deps.limits.calls} calls`;
  return undefined;
}

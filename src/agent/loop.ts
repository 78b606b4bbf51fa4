import type { LanguageModel, ModelMessage, TokenUsage } from '../llm/port.ts';
import { KvError } from '../shared/errors.ts';
import { EventQueue } from '../shared/event-queue.ts';
import { cleanText } from '../shared/text.ts';
import { capText } from '../shared/truncate.ts';
import { noticingBreak } from './broken-off.ts';
import { type ContextBudget, outputTokens } from './context/budget.ts';
import type { AgentEventBody, FinishStatus, RequestParts } from './events.ts';
import { ProgressGuard } from './guard.ts';
import type { Journal } from './journal.ts';
import type { QuestionLimits } from './limits.ts';
import type { Measure } from './measure.ts';
import type { InvestigationMode, ModelAnswer } from './modes/mode.ts';
import { presented } from './presented.ts';
import { groundReport } from './reporting/ground.ts';
import { parseReport } from './reporting/parse.ts';
import type { BudgetWord } from './spending.ts';

/** The budgets, as one question meets them. */
export interface QuestionSpending {
  begin(): BudgetWord[];
  add(turn: number, usage: TokenUsage): BudgetWord[];
}

export interface LoopDeps {
  model: LanguageModel;
  mode: InvestigationMode;
  measure: Measure;
  spending: QuestionSpending;
  journal: Journal;
  limits: QuestionLimits;
  /** The conversation so far; the loop appends to it. */
  history: ModelMessage[];
  /** Keeps `history` small enough. */
  context: ContextBudget;
  /** The next turn's number within the session. */
  nextTurn(): number;
  /** Calls made in the session so far. */
  callCount(): number;
  /** The namespace of what names none. */
  namespace: string | undefined;
  redactText(text: string): string;
  now(): number;
}

/** Characters of the newest result that a person gets when a limit ends the work. */
const KNOWN_CHARACTERS = 1_500;
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

interface Ending {
  status: FinishStatus;
  message?: string;
  hint?: string;
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

async function askModel(
  deps: LoopDeps,
  turn: number,
  emit: (event: AgentEventBody) => void,
  signal: AbortSignal,
  onUsage: (usage: TokenUsage) => void,
): Promise<ModelAnswer> {
  await makeRoom(deps, emit);
  emit({ type: 'turn-started', turn, mode: deps.mode.name });
  const started = deps.now();
  const reader = deps.mode.reader();
  const answer: ModelAnswer = { text: '', closed: true, toolCalls: [], reason: 'end' };
  let usage: TokenUsage = {
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    estimated: true,
  };
  const show = (pieces: ReturnType<typeof reader.push>) => {
    for (const piece of pieces) {
      emit({ type: piece.kind === 'text' ? 'text-delta' : 'script-delta', turn, delta: piece.delta });
    }
  };
  const request = {
    system: deps.mode.system,
    messages: marked(presented(deps.history, deps.mode.tools)),
    tools: deps.mode.tools,
    maxOutputTokens: outputTokens(deps.model.contextWindow),
  };
  const measured = deps.measure.request(request, deps.mode.declarations);
  const countBroken = async () =>
    onUsage(await estimated(deps.measure, await measured, reader.end(), answer.toolCalls));
  for await (const event of noticingBreak(deps.model.stream(request, signal), countBroken)) {
    switch (event.type) {
      case 'text':
        show(reader.push(cleanText(event.delta)));
        break;
      case 'tool-call':
        answer.toolCalls.push({ id: event.id, name: event.name, input: event.input });
        break;
      case 'retry':
        emit({
          type: 'model-retry',
          turn,
          attempt: event.attempt,
          delayMs: event.delayMs,
          reason: event.reason,
        });
        break;
      case 'finish':
        answer.reason = event.reason;
        usage = event.usage;
        break;
      default:
        event satisfies never;
    }
  }
  signal.throwIfAborted();
  const end = reader.end();
  show(end.pieces);
  Object.assign(answer, { text: end.text, report: end.report, script: end.script, closed: end.closed });
  const understood = deps.mode.understand?.(answer) ?? answer;
  const parts = await measured;
  if (usage.estimated) usage = await estimated(deps.measure, parts, end, answer.toolCalls);
  emit({
    type: 'turn-finished',
    turn,
    text: understood.text,
    report: understood.report,
    script: understood.script,
    toolCalls: understood.toolCalls.length > 0 && !understood.scriptCall ? understood.toolCalls : undefined,
    usage,
    parts,
    durationMs: deps.now() - started,
  });
  onUsage(usage);
  const said = assistantMessage(understood, understood.toolCalls);
  deps.context.note(said, turn);
  addMessage(deps.history, said);
  return understood;
}

/** Puts the answer as it was carried out in the place of the answer as it was given, the newest message. */
function keepInstead(deps: LoopDeps, answer: ModelAnswer, turn: number): void {
  const said = assistantMessage(answer, answer.toolCalls);
  deps.context.note(said, turn);
  deps.history.splice(-1, 1, said);
}

/** Condenses the conversation where it has grown too long for the next request. */
async function makeRoom(deps: LoopDeps, emit: (event: AgentEventBody) => void): Promise<void> {
  const { system, tools } = deps.mode;
  const { contextWindow } = deps.model;
  const text = await deps.context.fit(deps.history, { system, tools, contextWindow });
  if (text) emit({ type: 'notice', level: 'info', text });
}

/** Tokens of a request whose provider reported none, by kv's own count. */
async function estimated(
  measure: Measure,
  parts: RequestParts,
  answer: Pick<ModelAnswer, 'text' | 'report' | 'script'>,
  toolCalls: ModelAnswer['toolCalls'],
): Promise<TokenUsage> {
  const said = [answer.text, answer.script, answer.report, ...toolCalls.map(call => JSON.stringify(call))];
  return {
    inputTokens: parts.system + parts.declarations + parts.scripts + parts.results + parts.history,
    outputTokens: await measure.text(said.filter(Boolean).join('\n')),
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    estimated: true,
  };
}

/** An answer as the conversation keeps it: what followed the script is left out. */
export function assistantMessage(
  answer: Pick<ModelAnswer, 'text' | 'report' | 'script' | 'scriptCall'>,
  toolCalls: ModelAnswer['toolCalls'] = [],
): ModelMessage {
  const fenced = answer.script !== undefined && answer.scriptCall === undefined;
  const script = fenced ? `\`\`\`ts\n${answer.script}\n\`\`\`` : '';
  const whole = [answer.text, script, answer.report].filter(Boolean).join('\n');
  return {
    role: 'assistant',
    content: [
      // Calls are an answer; nothing at all has to be something.
      ...(whole === '' && toolCalls.length > 0 ? [] : [{ type: 'text' as const, text: whole || '(empty)' }]),
      ...toolCalls.map(call => ({ type: 'tool-call' as const, ...call })),
    ],
  };
}

/** Providers want roles to alternate: a message after one of the same role joins it. */
export function addMessage(history: ModelMessage[], message: ModelMessage): void {
  const last = history.at(-1);
  if (last?.role === message.role) last.content.push(...message.content);
  else history.push({ ...message, content: [...message.content] });
}

/** The conversation with its newest message as the end of the cacheable prefix. */
function marked(history: ModelMessage[]): ModelMessage[] {
  return history.map((message, i) => (i === history.length - 1 ? { ...message, cache: true } : message));
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

/** Ends a question without a report, with what is known: the newest words and the newest result. */
function stopped(
  deps: LoopDeps,
  emit: (event: AgentEventBody) => void,
  limit: string,
  message = `The investigation reached ${limit} without a root cause.`,
  hint = 'Ask a narrower question, or raise the limit (--max-turns, --max-tokens, --timeout).',
): Ending {
  const lastText = (role: ModelMessage['role']) => {
    const message = deps.history.findLast(item => item.role === role);
    const part = message?.content.find(item => item.type === 'text');
    return part?.type === 'text' ? part.text : '';
  };
  const words = lastText('assistant').split('```')[0]!.trim();
  const last = capText(lastText('user'), KNOWN_CHARACTERS);
  const known = [`Stopped at ${limit}, before a root cause was found.`, words, last].filter(Boolean);
  emit({ type: 'answer', text: deps.redactText(known.join('\n\n')) });
  return { status: 'limit', message, hint };
}

/** Adds a remark to the message that the model reads next. */
function append(history: ModelMessage[], text: string): void {
  addMessage(history, { role: 'user', content: [{ type: 'text', text }] });
}

function endingOf(error: unknown, signal: AbortSignal): Ending {
  if (signal.aborted) {
    const reason: unknown = signal.reason;
    if (reason instanceof KvError && reason.kind === 'limit')
      return { status: 'limit', message: reason.message, hint: reason.hint };
    return { status: 'cancelled', message: 'Cancelled.' };
  }
  if (!(error instanceof KvError)) {
    return { status: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
  const status = error.kind === 'usage' ? 'failed' : error.kind;
  return { status, message: error.message, hint: error.hint };
}

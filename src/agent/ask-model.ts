import type { TokenUsage } from '../llm/port.ts';
import { UNREPORTED } from '../llm/unreported.ts';
import { cleanText } from '../shared/text.ts';
import { noticingBreak } from './broken-off.ts';
import { outputTokens } from './context/budget.ts';
import { addMessage, assistantMessage, marked } from './conversation.ts';
import type { AgentEventBody, RequestParts } from './events.ts';
import type { LoopDeps } from './loop-deps.ts';
import type { Measure } from './measure.ts';
import type { ModelAnswer } from './modes/mode.ts';
import { presented } from './presented.ts';
import { receivedCall } from './received.ts';

/** One request to the model: streams its answer into events, counts it, and adds it to the conversation. */
export async function askModel(
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
  let usage: TokenUsage = UNREPORTED;
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
        answer.toolCalls.push(receivedCall(event, answer.toolCalls));
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

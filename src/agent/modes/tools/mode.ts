import { z } from 'zod';
import type { Catalog } from '../../../capabilities/catalog.ts';
import type { ToolSpec } from '../../../llm/port.ts';
import { messageOf } from '../../../shared/errors.ts';
import { capText } from '../../../shared/truncate.ts';
import type { CallOutcome, CallRequest } from '../../dispatch.ts';
import type { ToolAnswer, ToolCall } from '../../events.ts';
import { createCodeReader } from '../code/reader.ts';
import type { InvestigationMode, ModelAnswer, ModeStep, TurnIo } from '../mode.ts';

export interface ToolsModeDeps {
  catalog: Catalog;
  /** The host side of one turn's calls. */
  openCalls(io: TurnIo): ToolCalls;
}

/** The calls of one turn, as the agent serves them. */
export interface ToolCalls {
  /** Rejects with an Error whose message teaches the model. */
  call(request: CallRequest): Promise<CallOutcome>;
  /** What a person refused in this turn, one sentence each. */
  denied(): string[];
  /** A failure that ends the whole question: the cluster cannot be reached. */
  fatal(): Error | undefined;
}

/** Tools mode: the same capabilities as single tool calls, those of one answer carried out at the same time. */
export function createToolsMode(deps: ToolsModeDeps): InvestigationMode {
  const specs = deps.catalog.all.map(toSpec);
  return {
    name: 'tools',
    begin: () => undefined,
    system: [{ text: 'You investigate Kubernetes clusters.', cache: true }],
    declarations: '',
    tools: specs,
    reader: createCodeReader,
    respond: (answer, io) => respond(deps, answer, io),
  };
}

async function respond(deps: ToolsModeDeps, answer: ModelAnswer, io: TurnIo): Promise<ModeStep> {
  if (answer.toolCalls.length === 0) {
    return { kind: 'final', text: [answer.text, answer.report].filter(Boolean).join('\n\n') };
  }
  const calls = deps.openCalls(io);
  const results = await Promise.all(answer.toolCalls.map(call => perform(calls, call)));
  const fatal = calls.fatal();
  if (fatal) throw fatal;
  io.signal.throwIfAborted();
  io.emit({ type: 'tools-answered', turn: io.turn, results });
  return {
    kind: 'continue',
    reply: { role: 'user', content: results.map(result => ({ type: 'tool-result' as const, ...result })) },
    fingerprint: JSON.stringify(answer.toolCalls.map(call => [call.name, call.input])),
    failure: results.every(result => result.isError)
      ? results.map(result => result.text).join('; ')
      : undefined,
  };
}

async function perform(calls: ToolCalls, call: ToolCall): Promise<ToolAnswer> {
  try {
    const request = {
      name: call.name.replaceAll('__', '.'),
      args: JSON.stringify(call.input),
      line: 0,
      step: 1,
    };
    const { text } = await calls.call(request);
    return { id: call.id, text: capText(text, 12_000), isError: false };
  } catch (error) {
    return { id: call.id, text: messageOf(error), isError: true };
  }
}

function toSpec(capability: Catalog['all'][number]): ToolSpec {
  return {
    name: capability.name.replaceAll('.', '__'),
    description: capability.summary,
    inputSchema: z.toJSONSchema(capability.params, { io: 'input', unrepresentable: 'any' }) as Record<
      string,
      unknown
    >,
  };
}

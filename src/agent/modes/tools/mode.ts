import type { Catalog } from '../../../capabilities/catalog.ts';
import { relevantCapabilities } from '../../../capabilities/relevant.ts';
import type { CallOutcome, CallRequest } from '../../dispatch.ts';
import type { ToolAnswer } from '../../events.ts';
import { createCodeReader } from '../code/reader.ts';
import { subjectOf } from '../finishing.ts';
import type { InvestigationMode, ModelAnswer, ModeStep, TurnIo } from '../mode.ts';
import { KeptResults } from './kept.ts';
import { CUT_OFF, EMPTY, NOT_A_CALL, notRun, resultsMessage, textMessage } from './messages.ts';
import { createToolNames } from './names.ts';
import { createToolOffer, SEARCH } from './offer.ts';
import { perform, type ToolDesk } from './perform.ts';
import { toolsPrompt } from './prompt.ts';
import { understandCalls } from './understand.ts';

export interface ToolsModeDeps {
  catalog: Catalog;
  /** The host side of one turn's calls. */
  openCalls(io: TurnIo): ToolCalls;
  /** Names calls that came without an id. */
  newId(): string;
  redactText(text: string): string;
  /** What results are about; what is kept of one place is no result of another. */
  place(): string;
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

/** Answers keep their fenced blocks: nothing in them is run. */
const NO_SCRIPTS: ReadonlySet<string> = new Set();
/** A script, or a call written down instead of made. */
const TEXT_CALL =
  /```(?:ts|typescript|js|javascript)\b[^`]*\b(?:await\s|k8s\.|diagnose\.)|^\s*(?:```(?:json)?\s*)?\{\s*"(?:name|tool|function)"\s*:/;

/** Tools mode: the same capabilities as single tool calls, those of one answer carried out at the same time. */
export function createToolsMode(deps: ToolsModeDeps): InvestigationMode {
  const { catalog } = deps;
  const names = createToolNames(catalog);
  const offer = createToolOffer(catalog, names);
  const { redactText, place } = deps;
  const desk: ToolDesk = { catalog, names, offer, kept: new KeptResults(), redactText, place };
  return {
    name: 'tools',
    begin: question => {
      offer.add([...relevantCapabilities(catalog, question), SEARCH]);
      return undefined;
    },
    system: toolsPrompt(subjectOf(name => catalog.get(name) !== undefined)),
    declarations: '',
    get tools() {
      return offer.specs;
    },
    reader: () => createCodeReader(NO_SCRIPTS),
    understand: answer => understandCalls(answer, names, () => `call_${deps.newId()}`),
    respond: (answer, io) => respond(deps, desk, answer, io),
  };
}

async function respond(
  deps: ToolsModeDeps,
  desk: ToolDesk,
  answer: ModelAnswer,
  io: TurnIo,
): Promise<ModeStep> {
  const { toolCalls } = answer;
  const cutOff = answer.reason === 'length' || answer.reason === 'cut';
  if (toolCalls.length === 0) return withoutCalls(answer, cutOff);
  const reply = (results: ToolAnswer[]) => {
    io.emit({ type: 'tools-answered', turn: io.turn, results });
    return resultsMessage(results);
  };
  const fingerprint = JSON.stringify(toolCalls.map(call => [call.name, call.input]));
  if (cutOff) {
    const results = toolCalls.map(call => notRun(call, CUT_OFF));
    return { kind: 'continue', reply: reply(results), fingerprint, failure: 'cut off' };
  }
  const calls = deps.openCalls(io);
  const results = await Promise.all(toolCalls.map(call => perform(desk, calls, call)));
  io.signal.throwIfAborted();
  const answered = reply(results);
  const fatal = calls.fatal();
  if (fatal) throw fatal;
  const failed = results.every(result => result.isError);
  return {
    kind: 'continue',
    reply: answered,
    fingerprint,
    failure: failed ? results.map(result => result.text).join('; ') : undefined,
  };
}

/** An answer of words: the end, unless there are none or they were meant to be calls. */
function withoutCalls(answer: ModelAnswer, cutOff: boolean): ModeStep {
  const text = [answer.text, answer.report].filter(Boolean).join('\n\n');
  const again = (message: string, failure: string): ModeStep => ({
    kind: 'continue',
    reply: textMessage(message),
    fingerprint: text,
    failure,
  });
  if (text === '') return again(EMPTY, 'empty answer');
  if (answer.report !== undefined) return { kind: 'final', text };
  if (cutOff) return again(CUT_OFF, 'cut off');
  return TEXT_CALL.test(text) ? again(NOT_A_CALL, 'a call written as text') : { kind: 'final', text };
}

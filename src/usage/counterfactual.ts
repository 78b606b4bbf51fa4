import type { PriceTable } from './prices.ts';
import { forgetPrefix, type Road, type Sender, say } from './road.ts';
import {
  type Journey,
  journeyFrom,
  type Manner,
  NO_JOURNEY,
  type PagedCall,
  withAnswer,
  withCall,
} from './steps.ts';

/**
 * What the calls that scripts made would have cost as tool calls, in two ways of working:
 *
 * - sequential: one call a request, in the order in which the script made them;
 * - batched: calls of one `step` of one script go out together, which is the best that a model can do, since none
 *   of them needed another's answer.
 *
 * Every request carries tools mode's system prompt and tool definitions, the question, and all calls and results so
 * far; the model answers with a short sentence and the text of its calls. The last request of a question gives the
 * answer that was really given, with as many tokens; it counts once that answer is there. Follow-up questions go on
 * with the same conversation.
 *
 * Assumptions:
 * - The model makes the same calls with the same arguments, no wrong ones and none twice: calls that were answered
 *   from the journal are left out, and so are those that tools mode has no use for (`state.*`, `sleep`).
 * - It reads long results to the end, but no more than ten pages of one; of a log the newest page, of a list of
 *   whole objects two (src/agent/tool-cost.ts says why). Further pages are asked for one after the other (sequential),
 *   or all those of one step together (batched). A failed call counts with its error as result.
 * - The provider's own words about tools, and the model's thinking, cost nothing.
 * - With caching, each request reads its predecessor's whole prompt from the cache and writes the rest, also across
 *   questions; below the model's minimum nothing is cached, and nothing ever expires. A change of model, system
 *   prompt or tools empties the cache.
 * - Nothing is condensed, although kv shortens conversations of more than 50,000 tokens: beyond that the prediction is
 *   too high. `largest` tells whether the conversation would have fitted into the model's window.
 * - Texts are counted with kv's tokenizer, then scaled by the ratio of reported to counted tokens of the session's own
 *   requests to the same model (0.5 to 2), so that both sides of the comparison are in the provider's tokens.
 *
 * Measured over the 27 scenarios that ship with kv, against runs that were really made in tools mode, both counted
 * with kv's own tokenizer. Against the code run's very calls, which is what is claimed here: half of the predictions are
 * within 1 % (batched and sequential), the worst is 12 and 14 % too high (`complaints`, where 10 of 23 pages of log
 * lines are read and their length is told from a sample). Against tools mode's own way to the answer: half within 1 %
 * (batched) and 2 % (sequential), the worst 25 and 23 % too low (`complaints` again: a script groups all lines, tool
 * calls count message by message). In the suite both ways ask for the same wherever they can, each as narrowly as
 * possible. Where a script reads more than tool calls would, because that costs it nothing, the prediction is too
 * high: six to seven times for `top-restarts` if its script reads the rows of all pods and sorts them itself. Repeat
 * with `kv bench --modes code,tools,tools-sequential,tools-same-calls,tools-same-calls-sequential --output json
 * -o report.json` and `node test/bench/counterfactual.ts report.json`.
 */
export interface Ledger {
  /** Of the question at hand; what was before it is in their beginning. */
  readonly sequential: Journey;
  readonly batched: Journey;
  readonly question: OpenQuestion;
  /** Sums over the requests to `model` whose tokens were reported. */
  readonly reported: { readonly model: string; readonly tokens: number; readonly counted: number };
  readonly calls: number;
  readonly pages: number;
  /** What the last question sent with every request: where the next one sends something else, nothing is cached. */
  readonly last?: { readonly model: string; readonly base: number };
}

interface OpenQuestion {
  readonly base?: ToolsBase;
  /** Set by its first turn. */
  readonly begun?: { readonly model: Sender['model']; readonly scale: number };
  /** Tokens of its answer, once there is one. */
  readonly answer?: number;
}

/** What tools mode starts a question with, in counted tokens. */
export interface ToolsBase {
  system: number;
  declarations: number;
  question: number;
}

/** One call as tools mode would make it, in counted tokens: `result` over all `pages`, `call` for each of them. */
export interface CallAsTool extends PagedCall {
  turn: number;
  /** Calls of one step can go out together. */
  step: number;
  /** In the order in which the calls were made. */
  number: number;
}

/** One answer of the model as it really was. */
export interface AnsweredTurn {
  model: { provider: string; id: string };
  /** Prompt tokens, cached ones included. */
  input: number;
  output: number;
  estimated: boolean;
  /** The same prompt by kv's own count; absent where it was not counted. */
  counted?: number;
  /** The answer closes the question. */
  closing: boolean;
}

export interface Counterfactual {
  calls: number;
  /** Pages that their results take. */
  pages: number;
  sequential: RoadFigures;
  batched: RoadFigures;
}

/** What one way of working would have taken, in whole tokens. */
export interface RoadFigures {
  requests: number;
  /** Prompt tokens of all requests. */
  input: number;
  output: number;
  /** Prompt tokens of the largest request. */
  largest: number;
  /** The prompt tokens again, with prompt caching; `input` are those neither read nor written. */
  cached: { input: number; cacheRead: number; cacheWrite: number };
  /** Without caching; undefined where the model's price is unknown. */
  costUsd: number | undefined;
  cachedCostUsd: number | undefined;
  /** How many times what was really used: tokens, and dollars with caching on both sides (undefined where nothing was paid). */
  factor: { tokens: number; costUsd: number | undefined };
}

/** Tokens of the words that a model says before its calls. */
export const SENTENCE_TOKENS = 15;

const SCALE = { min: 0.5, max: 2 };

export function emptyLedger(): Ledger {
  return {
    sequential: NO_JOURNEY,
    batched: NO_JOURNEY,
    question: {},
    reported: { model: '', tokens: 0, counted: 0 },
    calls: 0,
    pages: 0,
  };
}

/** A person has asked; what was said before stays in the conversation. */
export function openQuestion(ledger: Ledger): Ledger {
  return {
    ...ledger,
    sequential: journeyFrom(ledger.sequential.end),
    batched: journeyFrom(ledger.batched.end),
    question: {},
  };
}

export function knowBase(ledger: Ledger, base: ToolsBase): Ledger {
  return { ...ledger, question: { ...ledger.question, base } };
}

/** The model has answered. A question's first answer settles its scale; calls before it are not counted. */
export function countTurn(ledger: Ledger, turn: AnsweredTurn, prices: PriceTable): Ledger {
  const begun = begin({ ...ledger, reported: reportedWith(ledger.reported, turn) }, turn.model);
  return turn.closing ? closeQuestion(begun, turn.output, prices) : begun;
}

/** The question has its answer, of `tokens`. Only the first one of a question counts. */
export function closeQuestion(ledger: Ledger, tokens: number, prices: PriceTable): Ledger {
  const question = { ...ledger.question, answer: tokens };
  const manner = mannerOf(question, prices);
  if (!manner || ledger.question.answer !== undefined) return ledger;
  const close = (journey: Journey) => ({ ...journey, end: withAnswer(journey.end, manner) });
  return { ...ledger, sequential: close(ledger.sequential), batched: close(ledger.batched), question };
}

/** A call has ended. Calls may end in any order. */
export function countCall(ledger: Ledger, call: CallAsTool, prices: PriceTable): Ledger {
  const { question } = ledger;
  const manner = mannerOf(question, prices);
  if (!question.begun || !manner) return ledger;
  const { scale } = question.begun;
  const page = call.page && call.page * scale;
  const scaled = { call: call.call * scale, result: call.result * scale, pages: call.pages, page };
  return {
    ...ledger,
    sequential: withCall(ledger.sequential, [call.turn, call.number], scaled, manner),
    batched: withCall(ledger.batched, [call.turn, call.step], scaled, { ...manner, pagesTogether: true }),
    calls: ledger.calls + 1,
    pages: ledger.pages + Math.max(1, call.pages),
  };
}

/**
 * The comparison as it stands; `actual` is what was really used. undefined as long as tools mode would not have sent
 * anything, and for sessions of versions that did not say what tools mode sends.
 */
export function counterfactualOf(
  ledger: Ledger,
  actual: { tokens: number; costUsd: number | undefined },
): Counterfactual | undefined {
  if (ledger.sequential.end.requests === 0) return undefined;
  return {
    calls: ledger.calls,
    pages: ledger.pages,
    sequential: figuresOf(ledger.sequential.end, actual),
    batched: figuresOf(ledger.batched.end, actual),
  };
}

function figuresOf(road: Road, actual: { tokens: number; costUsd: number | undefined }): RoadFigures {
  const { requests, costUsd, cachedCostUsd } = road;
  const paid = cachedCostUsd !== undefined && actual.costUsd !== undefined && actual.costUsd > 0;
  return {
    requests,
    input: Math.round(road.input),
    output: Math.round(road.output),
    largest: Math.round(road.largest),
    cached: {
      input: Math.round(road.cached.input),
      cacheRead: Math.round(road.cached.cacheRead),
      cacheWrite: Math.round(road.cached.cacheWrite),
    },
    costUsd,
    cachedCostUsd,
    factor: {
      tokens: actual.tokens > 0 ? (road.input + road.output) / actual.tokens : 0,
      costUsd: paid ? cachedCostUsd / actual.costUsd! : undefined,
    },
  };
}

/** Puts the question into the conversation, once its scale is known. */
function begin(ledger: Ledger, model: Sender['model']): Ledger {
  const { question, last } = ledger;
  if (!question.base || question.begun) return ledger;
  const words = question.base.question * scaleOf(ledger.reported);
  const base = question.base.system + question.base.declarations;
  const name = nameOf(model);
  const isSame = last?.model === name && last.base === base;
  const ask = (road: Road) => journeyFrom(say(isSame ? road : forgetPrefix(road), words));
  return {
    ...ledger,
    sequential: ask(ledger.sequential.end),
    batched: ask(ledger.batched.end),
    question: { ...question, begun: { model, scale: scaleOf(ledger.reported) } },
    last: { model: name, base },
  };
}

function mannerOf({ base, begun, answer }: OpenQuestion, prices: PriceTable): Manner | undefined {
  if (!base || !begun) return undefined;
  const { model, scale } = begun;
  const sender = { base: (base.system + base.declarations) * scale, model, prices };
  return { sender, sentence: SENTENCE_TOKENS * scale, pagesTogether: false, answer };
}

function reportedWith(sums: Ledger['reported'], turn: AnsweredTurn): Ledger['reported'] {
  const model = nameOf(turn.model);
  const known = sums.model === model ? sums : { model, tokens: 0, counted: 0 };
  if (turn.estimated || !turn.counted) return known;
  return { model, tokens: known.tokens + turn.input, counted: known.counted + turn.counted };
}

function scaleOf({ tokens, counted }: Ledger['reported']): number {
  return counted > 0 ? Math.min(SCALE.max, Math.max(SCALE.min, tokens / counted)) : 1;
}

function nameOf(model: Sender['model']): string {
  return `${model.provider}:${model.id}`;
}

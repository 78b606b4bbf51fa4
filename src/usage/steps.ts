import { MESSAGE_TOKENS } from './overheads.ts';
import { NO_ROAD, type Road, type Sender, say, send } from './road.ts';

/** Tokens of the argument that asks for a further page. */
const PAGE_ARGUMENT_TOKENS = 5;

/** Steps that are travelled anew for one call. */
const MOST_ANEW = 300;

/** One question on the road: where it began, and the steps that were taken for it, in order. */
export interface Journey {
  readonly start: Road;
  readonly steps: readonly Step[];
  /** After the steps, and the answer once there is one. */
  readonly end: Road;
}

/** Calls that go out together, and then the further pages of their results. */
interface Step {
  readonly place: Place;
  readonly rounds: readonly Round[];
  /** The road behind it. */
  readonly end: Road;
}

/** Turn, and order within the turn. */
type Place = readonly [turn: number, order: number];

/** One request of a step: tokens that the model writes, and that it gets for them. */
interface Round {
  readonly call: number;
  readonly result: number;
}

/** One call and its result, over all pages. */
export interface PagedCall {
  call: number;
  result: number;
  pages: number;
  /** Of `result`, each page but the last. By default pages are equally long. */
  page?: number;
}

/** How the model works: what its requests carry, the words before its calls, and how long the answer is. */
export interface Manner {
  sender: Sender;
  sentence: number;
  /** Further pages are asked for in one request, all of one step; else one after the other. */
  pagesTogether: boolean;
  /** undefined as long as there is no answer. */
  answer: number | undefined;
}

export const NO_JOURNEY: Journey = journeyFrom(NO_ROAD);

export function journeyFrom(start: Road): Journey {
  return { start, steps: [], end: start };
}

/**
 * The journey with one more call at its place: in the step that is there, or in one of its own. What follows is
 * travelled anew; in a very long journey, calls that end late come last instead.
 */
export function withCall(journey: Journey, place: Place, call: PagedCall, manner: Manner): Journey {
  const { start } = journey;
  const wanted = journey.steps.findLastIndex(step => isBefore(step.place, place)) + 1;
  const next = journey.steps[wanted];
  const known = next && !isBefore(place, next.place) ? next : undefined;
  const isLate = !known && journey.steps.length > wanted + MOST_ANEW;
  const at = isLate ? journey.steps.length : wanted;
  const changed = { place, rounds: addRounds(known?.rounds ?? [], roundsOf(call, manner)) };
  const steps = journey.steps.slice(0, at);
  let road = steps.at(-1)?.end ?? start;
  for (const { place, rounds } of [changed, ...journey.steps.slice(known ? at + 1 : at)]) {
    road = travel(road, rounds, manner);
    steps.push({ place, rounds, end: road });
  }
  return { start, steps, end: withAnswer(road, manner) };
}

/** The last request of a question, and its answer as part of the conversation. */
export function withAnswer(road: Road, { sender, answer }: Manner): Road {
  return answer === undefined ? road : say(send(road, sender, answer), answer + MESSAGE_TOKENS);
}

function isBefore(a: Place, b: Place): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

/** The requests that one call takes. */
function roundsOf({ call, result, pages, page }: PagedCall, { pagesTogether }: Manner): Round[] {
  const further = Math.max(1, pages) - 1;
  const full = page ?? result / (further + 1);
  const asked = call + PAGE_ARGUMENT_TOKENS;
  if (further === 0) return [{ call, result }];
  const first = { call, result: full };
  if (pagesTogether) return [first, { call: further * asked, result: result - full }];
  const middle = Array.from({ length: further - 1 }, () => ({ call: asked, result: full }));
  return [first, ...middle, { call: asked, result: result - further * full }];
}

function addRounds(a: readonly Round[], b: readonly Round[]): Round[] {
  const none = { call: 0, result: 0 };
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => {
    const [one, other] = [a[i] ?? none, b[i] ?? none];
    return { call: one.call + other.call, result: one.result + other.result };
  });
}

/** A request a round, after which its calls and results are part of the conversation. */
function travel(road: Road, rounds: readonly Round[], { sender, sentence }: Manner): Road {
  return rounds.reduce((at, { call, result }) => {
    const said = sentence + call;
    return say(send(at, sender, said), said + result + 2 * MESSAGE_TOKENS);
  }, road);
}

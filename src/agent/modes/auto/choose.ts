import type { Mode } from '../../events.ts';
import { classOf, type QuestionClass } from './classify.ts';
import { expectedTurns, NOTHING_SEEN, type SeenLookups } from './turns.ts';

/** What goes with every request of each road, and what has been said so far, in characters. */
export interface RoadSizes {
  /** System prompt and tools of code mode, and of tools mode. */
  code: number;
  tools: number;
  history: number;
  /** The mode of the question before; changing it makes the provider read the conversation anew. */
  last?: Mode;
}

export interface ModeDecision {
  mode: Mode;
  /** Whether the question is a look-up: how many turns it takes tells about the next one. */
  lookup: boolean;
  reason: string;
}

/** Characters a token of both prompts stands for: 3.9 to 4.4, measured with the estimator of src/usage. */
const CHARACTERS_PER_TOKEN = 4;

/** Expected tokens of one look-up, beside the prompts. */
interface Expectation {
  noun: string;
  /** The result as tools mode shows it. */
  toolResult: number;
  /** The script, and what it returns or says. */
  script: number;
  scriptResult: number;
  /** The closing words. */
  answer: number;
}

const QUESTION = 60;
const TOOL_CALL = 45;

/** What look-ups of each class cost; `kv bench` holds the outcome against both modes. */
const EXPECTED: Partial<Record<QuestionClass, Expectation>> = {
  state: { noun: 'the state of one object', toolResult: 120, script: 80, scriptResult: 60, answer: 40 },
  field: { noun: 'a field of one object', toolResult: 350, script: 90, scriptResult: 60, answer: 40 },
  version: { noun: 'a version', toolResult: 60, script: 40, scriptResult: 40, answer: 30 },
  count: { noun: 'a count', toolResult: 900, script: 70, scriptResult: 20, answer: 30 },
  list: { noun: 'a list', toolResult: 600, script: 80, scriptResult: 400, answer: 350 },
  logs: { noun: 'log lines', toolResult: 1_500, script: 80, scriptResult: 1_200, answer: 600 },
};

/**
 * Decides how to work on a question: a look-up takes the road that is expected to cost fewer tokens, everything
 * else is worked on by scripts. Expected are the turns that look-ups took so far in this session (see turns.ts), each
 * re-sending the prompt and the conversation. Over the scenarios auto costs 1.0 times the cheaper mode, at most 1.05
 * (`kv bench --models scripted --modes code,tools,auto`).
 */
export function chooseMode(
  question: string,
  sizes: RoadSizes,
  seen: SeenLookups = NOTHING_SEEN,
): ModeDecision {
  const kind = classOf(question);
  const expected = EXPECTED[kind];
  if (!expected) return { mode: 'code', lookup: false, reason: WHY_SCRIPTS[kind] ?? 'no look-up' };
  const code = Math.round(costOfScripts(expected, sizes, expectedTurns('code', seen)));
  const tools = Math.round(costOfTools(expected, sizes, expectedTurns('tools', seen)));
  const figures = `about ${tools.toLocaleString('en')} tokens by tool calls, ${code.toLocaleString('en')} by scripts`;
  const mode = tools < code ? 'tools' : 'code';
  return { mode, lookup: true, reason: `a look-up (${expected.noun}): ${figures}` };
}

const WHY_SCRIPTS: Partial<Record<QuestionClass, string>> = {
  change: 'something is to be changed: scripts',
  several: 'several things are to be put together: scripts',
  investigation: 'not a plain look-up: scripts',
};

/** Every turn re-sends prompt, conversation and what was said in the turns before. */
function costOfTools({ toolResult, answer }: Expectation, sizes: RoadSizes, turns: number): number {
  const said = (turns - 1) * (2 * TOOL_CALL + toolResult) + answer;
  return turns * prompt('tools', sizes) + again('tools', sizes) + said;
}

function costOfScripts(
  { script, scriptResult, answer }: Expectation,
  sizes: RoadSizes,
  turns: number,
): number {
  const said = script + (turns - 1) * (script + scriptResult + answer);
  return turns * prompt('code', sizes) + again('code', sizes) + said;
}

function prompt(mode: Mode, sizes: RoadSizes): number {
  return (sizes[mode] + sizes.history) / CHARACTERS_PER_TOKEN + QUESTION;
}

function again(mode: Mode, { last, history }: RoadSizes): number {
  return last === undefined || last === mode ? 0 : history / CHARACTERS_PER_TOKEN;
}

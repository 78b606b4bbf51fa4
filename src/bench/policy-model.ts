import type { LanguageModel, ModelEvent, ModelMessage, ModelRequest, ToolSpec } from '../llm/port.ts';
import { UNREPORTED } from '../llm/unreported.ts';
import { KvError } from '../shared/errors.ts';
import type { Policy, PolicyAnswer, PolicyTurn } from './policy.ts';

export interface PolicyModelOptions {
  /** Names the model in events: the scenario's id. */
  id: string;
  /** Plays out an answer with several calls as several answers with one call each. */
  sequential?: boolean;
  /** Takes `finish` away from scripts: what they would have ended with is answered in a turn of its own. */
  twoTurns?: boolean;
  /** The MCP server whose tools are offered instead of kv's own. */
  peer?: string;
}

/** Room for any conversation: nothing is condensed that a real model would still see. */
const CONTEXT_WINDOW = 1_000_000;
/** The tool that takes a script, where code mode speaks through tools. */
const SCRIPT_TOOL = 'run_script';

/**
 * The model `scripted`: gives a policy's answers, in whatever mode the request is made in. It reports no usage, so
 * that kv counts the real requests. One instance a run: it remembers where in the policy it is.
 */
export function createPolicyModel(policy: Policy, options: PolicyModelOptions): LanguageModel {
  const track = createTrack(options.sequential === true);

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    signal.throwIfAborted();
    const road = roadOf(request.tools);
    const answer = track.next(road, resultsOf(request.messages.at(-1)), turn => {
      if (road === 'tools') return toolsAnswer(policy, options.peer, turn);
      return {
        text: options.twoTurns ? (closingOf(turn) ?? unfinished(policy.code(turn))) : policy.code(turn),
      };
    });
    yield* eventsOf(answer, road, request.tools ?? [], track.answers);
  }

  return { provider: 'scripted', id: options.id, contextWindow: CONTEXT_WINDOW, stream };
}

/** The script without the power to end the question: its closing words are its result. */
function unfinished(answer: string): string {
  return /\bfinish\(/.test(answer) ? answer.replace(/```ts\n/, `$&${KEEP_WORDS}\n`) : answer;
}

const KEEP_WORDS = 'const finish = (words: string) => ({ words });';

/** What the script before would have ended with, if it would have. */
function closingOf({ index, results }: PolicyTurn): string | undefined {
  const json = index === 0 ? undefined : /^```json\n(\{"words":[\s\S]*\})\n```$/m.exec(results[0] ?? '')?.[1];
  return json === undefined ? undefined : (JSON.parse(json) as { words: string }).words;
}

/** Where the answer goes: tool calls, a script in a fence, or a script as a tool call. */
type Road = 'tools' | 'fence' | 'script-tool';

/** A request that takes scripts gets scripts, also where single tools are offered beside them. */
function roadOf(tools: readonly ToolSpec[] | undefined): Road {
  if (!tools || tools.length === 0) return 'fence';
  return tools.some(tool => tool.name === SCRIPT_TOOL) ? 'script-tool' : 'tools';
}

/** Keeps the place in the policy; in another mode it starts at the policy's first answer again. */
function createTrack(sequential: boolean) {
  let road: Road | undefined;
  let seen: string[][] = [];
  let index = 0;
  /** Calls of the answer under way that have not gone out yet, and what came back for the others. */
  let open: NonNullable<PolicyAnswer['calls']> = [];
  let gathered: string[] = [];
  let answers = 0;
  return {
    get answers() {
      return answers;
    },
    next(now: Road, results: string[], decide: (turn: PolicyTurn) => PolicyAnswer): PolicyAnswer {
      answers += 1;
      if (road !== now) [road, index, open, gathered, seen] = [now, 0, [], [], []];
      else {
        gathered.push(...results);
        const call = open.shift();
        if (call) return { text: '', calls: [call] };
        seen = [...seen, gathered];
      }
      const answer = decide({ index: index++, results: gathered, seen });
      gathered = [];
      if (!sequential || now !== 'tools' || !answer.calls) return answer;
      const [first, ...rest] = answer.calls;
      open = rest;
      return { ...answer, calls: first ? [first] : undefined };
    },
  };
}

function toolsAnswer(policy: Policy, peer: string | undefined, turn: PolicyTurn): PolicyAnswer {
  if (peer === undefined) return policy.tools(turn);
  const ofPeer = policy.peers?.[peer];
  if (!ofPeer) throw new KvError('usage', `The scenario's policy has no answers for the server ${peer}.`);
  return ofPeer(turn);
}

/** What the newest message brings: one text a tool result, or the words after a script. */
function resultsOf(message: ModelMessage | undefined): string[] {
  if (message?.role !== 'user') return [];
  const results = message.content.flatMap(part => (part.type === 'tool-result' ? [part.text] : []));
  if (results.length > 0) return results;
  return [message.content.map(part => (part.type === 'text' ? part.text : '')).join('\n')];
}

function* eventsOf(
  answer: PolicyAnswer,
  road: Road,
  tools: readonly ToolSpec[],
  turn: number,
): Generator<ModelEvent> {
  const script = road === 'script-tool' ? fencedScript(answer.text) : undefined;
  const text = script ? script.before : answer.text;
  if (text !== '') yield { type: 'text', delta: text };
  const calls = script ? [{ name: SCRIPT_TOOL, input: { code: script.code } }] : (answer.calls ?? []);
  for (const [i, call] of calls.entries()) {
    yield {
      type: 'tool-call',
      id: `call_${turn}_${i + 1}`,
      name: offeredName(call.name, tools),
      input: call.input,
    };
  }
  yield { type: 'finish', reason: calls.length > 0 ? 'tool-calls' : 'end', usage: UNREPORTED };
}

function fencedScript(text: string): { before: string; code: string } | undefined {
  const match = /```(?:ts|typescript|js|javascript)?\n([\s\S]*?)\n?```/.exec(text);
  return match ? { before: text.slice(0, match.index).trim(), code: match[1]! } : undefined;
}

/** The tool's name as the request declares it: `k8s_pods` for `k8s.pods`. A model cannot call what it is not offered. */
function offeredName(name: string, tools: readonly ToolSpec[]): string {
  const spellings = [name, name.replaceAll('.', '_'), name.replaceAll('.', '__')];
  const found = tools.find(tool => spellings.includes(tool.name));
  if (found) return found.name;
  throw new KvError(
    'model-unavailable',
    `The scenario's policy calls ${name}, which this request does not offer.`,
    { hint: `Offered are ${tools.map(tool => tool.name).join(', ')}.` },
  );
}

import type { ContentPart, ModelMessage, ModelRequest, ToolSpec } from '../llm/port.ts';
import {
  loadTokenEstimator,
  MESSAGE_TOKENS,
  TOOL_CALL_TOKENS,
  TOOL_RESULT_TOKENS,
  TOOL_SPEC_TOKENS,
  type TokenEstimator,
} from '../usage/index.ts';
import type { RequestParts, ToolCost } from './events.ts';
import { type EndedCall, toolCostOf } from './tool-cost.ts';

/** Counts tokens of what goes to a model and comes back, by kv's own estimate. */
export interface Measure {
  /** `request` taken apart; `declarations` is the part of its system prompt that declares capabilities. */
  request(request: ModelRequest, declarations: string): Promise<RequestParts>;
  /** A call of a capability as tools mode would see it. */
  toolCost(call: EndedCall): Promise<ToolCost | undefined>;
  text(text: string): Promise<number>;
}

/** Texts whose counts are remembered: more than the longest conversation has. */
const REMEMBERED = 2_000;
/** A script in an answer, as the conversation keeps it. */
const FENCE = /^```[\w+-]*\n[\s\S]*?\n```$/gm;

/**
 * Loads the tokenizer when it is needed first: some 150 ms of work, best done while a model has been asked and has not
 * answered. Counts texts as providers see them, with a fixed overhead for each message, tool and tool call; a text that was
 * counted before is not counted again.
 */
export function createMeasure(): Measure {
  let loading: Promise<{ count: TokenEstimator; recount: TokenEstimator }> | undefined;
  const counters = () => {
    loading ??= loadTokenEstimator().then(count => ({ count, recount: remembering(count) }));
    return loading;
  };
  return {
    text: async text => (await counters()).recount(text),
    request: async (request, declarations) => takenApart(request, declarations, (await counters()).recount),
    toolCost: async call => toolCostOf(call, (await counters()).count),
  };
}

function takenApart(request: ModelRequest, declarations: string, count: TokenEstimator): RequestParts {
  const declared = count(declarations);
  const system = request.system.reduce((sum, block) => sum + count(block.text), 0);
  const parts: RequestParts = {
    system: Math.max(0, system - declared),
    declarations: (request.tools ?? []).reduce((sum, tool) => sum + toolTokens(tool, count), declared),
    scripts: 0,
    results: 0,
    history: 0,
  };
  for (const message of request.messages) {
    parts[kindOf(message, message.content[0])] += MESSAGE_TOKENS;
    for (const part of message.content) addPart(parts, message, part, count);
  }
  return parts;
}

function addPart(parts: RequestParts, message: ModelMessage, part: ContentPart, count: TokenEstimator): void {
  const kind = kindOf(message, part);
  switch (part.type) {
    case 'tool-call':
      parts[kind] += TOOL_CALL_TOKENS + count(part.name) + count(JSON.stringify(part.input) ?? '');
      return;
    case 'tool-result':
      parts[kind] += TOOL_RESULT_TOKENS + count(part.text);
      return;
    case 'text': {
      const scripts = message.role === 'assistant' ? (part.text.match(FENCE) ?? []) : [];
      for (const script of scripts) parts.scripts += count(script);
      parts[kind] += count(scripts.length > 0 ? part.text.replace(FENCE, '') : part.text);
      return;
    }
    default:
      part satisfies never;
  }
}

/** Where a part of a message belongs; words of a person, of the model and of kv are history. */
function kindOf({ role }: ModelMessage, part: ContentPart | undefined): 'scripts' | 'results' | 'history' {
  if (part?.type === 'tool-call') return 'scripts';
  if (part?.type === 'tool-result') return 'results';
  if (part?.kind === undefined) return 'history';
  return part.kind === 'call' || role === 'assistant' ? 'scripts' : 'results';
}

function toolTokens(tool: ToolSpec, count: TokenEstimator): number {
  const texts = count(tool.name) + count(tool.description) + count(JSON.stringify(tool.inputSchema));
  return TOOL_SPEC_TOKENS + texts;
}

/** Remembers the counts of the texts that were counted last. */
function remembering(count: TokenEstimator): TokenEstimator {
  const known = new Map<string, number>();
  return text => {
    const tokens = known.get(text) ?? count(text);
    known.delete(text);
    known.set(text, tokens);
    if (known.size > REMEMBERED) known.delete(known.keys().next().value!);
    return tokens;
  };
}

import type { ContentPart, ModelMessage, SystemBlock, ToolSpec } from '../../llm/port.ts';
import { loadTokenEstimator } from '../../usage/index.ts';
import { type Condensed, condense } from './condense.ts';

/**
 * Share of a model's window that may be used: its own tokenizer may count up to a quarter more than kv's estimate.
 */
const USABLE = 0.8;
/**
 * Tokens that a conversation may have, however large the window. Re-reading a cached prefix costs a tenth of its tokens,
 * writing it anew 1.25 times its tokens: condensing N tokens to N/2 pays for itself after some ten more turns, so it happens
 * late, and halves at once.
 */
const LONG = 50_000;
/**
 * The same where the provider has forgotten the prefix anyway, so that all of it is written anew: then every token
 * left out is a saving at once. Only finished questions are condensed for this.
 */
const LONG_WHEN_COLD = 12_000;
/** Providers keep a cached prefix for five minutes after its last use. */
const CACHE_MS = 5 * 60_000;
/** What is condensed comes down to this share of its limit at once, so that the next time is far off. */
const DOWN_TO = 0.5;
/** A conversation always gets so many tokens, even where the prompt alone fills the window. */
const LEAST = 500;
/** Output tokens that one answer may have, where the window is large enough. */
const MAX_OUTPUT_TOKENS = 8_192;
/** Tokens around each part: role, type, id. */
const PART_TOKENS = 6;

/** What goes with every request beside the conversation. */
export interface Surroundings {
  system: readonly SystemBlock[];
  tools: readonly ToolSpec[] | undefined;
  contextWindow: number;
}

/** Output tokens that fit beside a prompt into such a window: at most a quarter of it. */
export function outputTokens(contextWindow: number): number {
  return Math.min(MAX_OUTPUT_TOKENS, Math.floor(contextWindow / 4));
}

/** Keeps one session's conversation small enough for the model's window and for the purse. */
export class ContextBudget {
  readonly #now: () => number;
  readonly #sizes = new WeakMap<ContentPart, number>();
  readonly #turns = new WeakMap<ContentPart, number>();
  #lastRequest: number | undefined;

  constructor(options: { now(): number }) {
    this.#now = options.now;
  }

  /** Remembers which turn a message belongs to, so that what is left out of it can be named. */
  note(message: ModelMessage, turn: number): void {
    for (const part of message.content) this.#turns.set(part, turn);
  }

  /**
   * To be called before every request: condenses `history` in place if it has grown too long, and then says so in one
   * sentence for the person.
   */
  async fit(history: ModelMessage[], around: Surroundings): Promise<string | undefined> {
    const isCold = this.#isCold();
    this.#lastRequest = this.#now();
    if (isShort(history, around)) return undefined;
    const count = await loadTokenEstimator();
    const tokensOf = (part: ContentPart) => this.#tokensOf(part, count);
    const size = () =>
      history.reduce((sum, { content }) => content.reduce((rest, part) => rest + tokensOf(part), sum), 0);
    const fixed =
      count(around.system.map(block => block.text).join('')) +
      (around.tools ? count(JSON.stringify(around.tools)) : 0) +
      outputTokens(around.contextWindow);
    const limit = Math.min(LONG, Math.max(LEAST, around.contextWindow * USABLE - fixed));
    const before = size();
    const isTooLong = before > limit;
    if (!isTooLong && !(isCold && before > LONG_WHEN_COLD)) return undefined;
    const done = condense(history, {
      limit,
      target: (isTooLong ? limit : LONG_WHEN_COLD) * DOWN_TO,
      finishedOnly: !isTooLong,
      tokensOf,
      turnOf: part => this.#turns.get(part),
      replaced: (old, by) => {
        const turn = this.#turns.get(old);
        if (turn !== undefined) this.#turns.set(by, turn);
      },
    });
    return sentenceOf(done, before, size());
  }

  /** Whether the provider has forgotten the prefix. A session that was just resumed has none there. */
  #isCold(): boolean {
    return this.#lastRequest === undefined || this.#now() - this.#lastRequest > CACHE_MS;
  }

  #tokensOf(part: ContentPart, count: (text: string) => number): number {
    const known = this.#sizes.get(part);
    if (known !== undefined) return known;
    const tokens = count(textOf(part)) + PART_TOKENS;
    this.#sizes.set(part, tokens);
    return tokens;
  }
}

/** A token stands for at least one byte: what is short in bytes need not be counted (nor a tokenizer be loaded). */
function isShort(history: readonly ModelMessage[], around: Surroundings): boolean {
  const texts = [
    ...around.system.map(block => block.text),
    JSON.stringify(around.tools ?? []),
    ...history.flatMap(({ content }) => content.map(textOf)),
  ];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + PART_TOKENS, 0);
  const room = around.contextWindow * USABLE - outputTokens(around.contextWindow);
  return bytes < Math.min(LONG_WHEN_COLD, room);
}

function textOf(part: ContentPart): string {
  return part.type === 'tool-call' ? part.name + JSON.stringify(part.input) : part.text;
}

function sentenceOf(done: Condensed, before: number, after: number): string | undefined {
  if (after >= before) return undefined;
  const figure = (tokens: number) => tokens.toLocaleString('en');
  const what = [
    done.questions > 0 && `${plural(done.questions, 'earlier question')} to the answer`,
    done.results > 0 && `${plural(done.results, 'old result')} to a few lines`,
  ].filter(Boolean);
  const how = what.length > 0 ? `: ${what.join(', ')}` : '';
  return `Condensed the conversation from about ${figure(before)} to ${figure(after)} tokens${how}. Scripts still reach everything with state.result({ turn }).`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

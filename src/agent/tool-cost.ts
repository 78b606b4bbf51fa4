import { isRecord } from '../shared/json.ts';
import { countSampled, TOOL_CALL_TOKENS, TOOL_RESULT_TOKENS, type TokenEstimator } from '../usage/index.ts';
import type { ToolCost } from './events.ts';
import { renderResult } from './modes/tools/render/index.ts';
import { PAGE_CHARACTERS } from './modes/tools/render/pages.ts';

/** A call that has ended: with a value, whose JSON has `size` characters, or with an error. */
export type EndedCall = { name: string; args: unknown } & (
  | { value: unknown; size: number }
  | { error: string }
);

/** What scripts need and tool calls do without. */
const SCRIPTS_ONLY = /^(?:(?:state|results|tools)\..*|sleep|finish|report)$/;
/** Results of which a model reads one page: it holds the newest lines, and older ones are searched for, not read. */
const NEWEST_FIRST = new Set(['k8s.logs']);
/**
 * Pages that a model reads of any other result. Scripts read whole lists because that costs them nothing; who has to
 * pay for every line asks more narrowly. Of 1, 2 and 3 pages, 2 predict real runs with batched calls best: half of
 * them within 9 %, against 36 and 40 % (`kv bench --output json`, then `node test/bench/counterfactual.ts`).
 */
const MOST_PAGES = 2;
/** `[page 1 of 3; the next: tool(…)]`, without the arguments. */
const PAGE_NOTE_TOKENS = 16;
/** Characters of JSON from which on only a part of a value is rendered. */
const WHOLE = 80_000;
/** Strings that are shorter stay whole in a part. */
const SHORT_STRING = 200;

/**
 * The call as tools mode would have it; undefined for what tools mode does without. Takes at most some 3 ms: of large values a
 * part is rendered, of long texts a part is counted, and the rest follows from their lengths.
 */
export function toolCostOf(ended: EndedCall, count: TokenEstimator): ToolCost | undefined {
  if (SCRIPTS_ONLY.test(ended.name)) return undefined;
  const args = countSampled(jsonOf(ended.args), count);
  const call = TOOL_CALL_TOKENS + count(ended.name) + args;
  if ('error' in ended) {
    return { call, result: TOOL_RESULT_TOKENS + countSampled(ended.error, count), pages: 1 };
  }
  const { text, characters, pages } = rendered(ended.name, ended.value, ended.size);
  const turned = Math.min(pages, NEWEST_FIRST.has(ended.name) ? 1 : MOST_PAGES);
  const wanted = turned < pages ? Math.min(characters, turned * PAGE_CHARACTERS) : characters;
  const read = text.slice(0, wanted);
  const tokens = (countSampled(read, count) * wanted) / Math.max(1, read.length);
  const around = TOOL_RESULT_TOKENS + (pages > 1 ? PAGE_NOTE_TOKENS + args : 0);
  return { call, result: Math.round(tokens) + turned * around, pages: turned };
}

/** The result as text, or a part of it; how many characters and pages the whole has. */
function rendered(name: string, value: unknown, size: number) {
  const isWhole = size <= WHOLE;
  const part = isWhole ? value : partOf(value, WHOLE / 2 / size);
  const pages = renderResult(name, part);
  const text = pages.join('\n');
  if (isWhole) return { text, characters: text.length, pages: pages.length };
  const characters = text.length / Math.min(1, jsonOf(part).length / size);
  return { text, characters, pages: Math.ceil(characters / PAGE_CHARACTERS) };
}

/** About this share of a value, from all over it: of the items of its lists, and of its long strings. */
function partOf(value: unknown, share: number): unknown {
  if (typeof value === 'string') {
    return value.slice(0, Math.max(SHORT_STRING, Math.ceil(value.length * share)));
  }
  if (Array.isArray(value)) return spread(value, Math.max(1, Math.ceil(value.length * share)));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, partOf(item, share)]));
}

function spread(items: unknown[], kept: number): unknown[] {
  return Array.from(
    { length: Math.min(kept, items.length) },
    (_, i) => items[Math.floor((i * items.length) / kept)],
  );
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

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
 * Pages that a model reads of any other result: to the end, since the first of all items do not answer a question about
 * all items; but no more than its conversation holds. Ten pages are some 43,000 tokens of tables, and beyond 50,000
 * kv itself shortens a conversation: whoever sees `page 1 of 40` has to ask more narrowly.
 *
 * Measured over the scenarios that ship with kv: with at most 2, 4, 8, 10 and 12 pages, and with all, the mean distance
 * of the prediction from tools runs with calls of their own is 9, 5, 3, 2, 2 and 5 % (batched), and 19, 8, 4, 3, 3 and
 * 21 % (sequential). 8, 10 and 12 differ in one question that needs more pages; 10 is the most that errs in favour of
 * tools mode there both ways (`kv bench --modes code,tools,tools-sequential --output json -o report.json` for each,
 * then `node test/bench/counterfactual.ts report.json`).
 */
const MOST_PAGES = 10;
/** Pages of a list of whole objects: the first says that `fields` would keep it short, and the model asks again. */
const WHOLE_OBJECTS_PAGES = 2;
/** `[page 1 of 3; the next: tool(…)]`, without the arguments. */
const PAGE_NOTE_TOKENS = 16;
/** Characters of JSON from which on only a part of a value is rendered. */
const WHOLE = 80_000;
/** Places of a list that a part is taken from. */
const RUNS = 8;
/** Strings that are shorter stay whole in a part. */
const SHORT_STRING = 200;

/**
 * The call as tools mode would have it; undefined for what tools mode does without. Takes at most some 3 ms: of large
 * values a part is rendered, of long texts a part is counted, and the rest follows from their lengths.
 */
export function toolCostOf(ended: EndedCall, count: TokenEstimator): ToolCost | undefined {
  if (SCRIPTS_ONLY.test(ended.name)) return undefined;
  const args = countSampled(jsonOf(ended.args), count);
  const call = TOOL_CALL_TOKENS + count(ended.name) + args;
  if ('error' in ended) {
    return { call, result: TOOL_RESULT_TOKENS + countSampled(ended.error, count), pages: 1 };
  }
  const { text, characters, pages } = rendered(ended.name, ended.value, ended.size);
  const turned = pagesRead(ended, pages);
  const wanted = turned < pages ? Math.min(characters, turned * PAGE_CHARACTERS) : characters;
  const read = text.slice(0, wanted);
  const perCharacter = countSampled(read, count) / Math.max(1, read.length);
  const around = TOOL_RESULT_TOKENS + (pages > 1 ? PAGE_NOTE_TOKENS + args : 0);
  const result = Math.round(perCharacter * wanted) + turned * around;
  if (turned === 1) return { call, result, pages: 1 };
  const page = Math.round(perCharacter * PAGE_CHARACTERS) + around;
  return { call, result, pages: turned, page: Math.min(page, Math.round(result / (turned - 1))) };
}

/** How many of the pages of such a call's result a model reads; the first ones. */
export function pagesRead({ name, args }: { name: string; args: unknown }, pages: number): number {
  if (NEWEST_FIRST.has(name)) return 1;
  const isWhole = name === 'k8s.list' && isRecord(args) && args['fields'] === undefined;
  return Math.min(pages, isWhole ? WHOLE_OBJECTS_PAGES : MOST_PAGES);
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

/** In runs of neighbours, as they are told: lines of one pod stand under its name. */
function spread(items: unknown[], kept: number): unknown[] {
  const runs = Math.min(RUNS, kept);
  const length = Math.ceil(kept / runs);
  return Array.from({ length: runs }, (_, i) => {
    const from = Math.floor(((items.length - length) * i) / Math.max(1, runs - 1));
    return items.slice(from, from + length);
  }).flat();
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

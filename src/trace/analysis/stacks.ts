import type { TraceReader } from '../model.ts';
import { brokenIn, frameText, isOwnCode, isSameFunction } from './frames.ts';
import { callsByStack, type Group, NO_STACK, readStacks, type Stack, type StackQuery } from './stack-rows.ts';
import { type CountedStack, type StackNode, stackTree } from './stack-tree.ts';
import { count, msOf } from './units.ts';

export type { StackQuery } from './stack-rows.ts';

/** Where in the program calls came from. Longest total first throughout. */
export interface StackReport {
  /** Calls of the window that have a stack. */
  withStack: number;
  calls: number;
  functions: FunctionStacks[];
  /** The innermost place of each stack that is neither CUDA's, nor a framework's, nor a language's. */
  sites: CallSite[];
  /** All stacks laid over each other, outermost first. */
  tree: StackNode[];
  notes: string[];
}

export interface FunctionStacks extends Cost {
  fn: string;
  stacks: Array<Cost & { frames: string[]; cut: boolean }>;
}

export interface CallSite extends Cost {
  site: string;
  /** What is called there. */
  functions: string[];
}

interface Cost {
  calls: number;
  totalMs: number;
  maxMs: number;
}

/** Stacks that are read with their frames; the ones with most time. More would not fit anybody's head. */
const MOST_STACKS = 2_000;

/** Aggregates calls by the stack they came from. */
export function stackReport(reader: TraceReader, query: StackQuery = {}): StackReport {
  const groups = callsByStack(reader, query);
  const withStack = groups.filter(({ stack }) => stack !== NO_STACK);
  const all = new Set(withStack.map(({ stack }) => stack));
  const stacks = readStacks(reader, [...all].slice(0, MOST_STACKS));
  const known = withStack.filter(({ stack }) => stacks.has(stack));
  const counted = known.map(group => countedStack(group, stacks.get(group.stack)!));
  const limit = query.limit ?? 5;
  const calls = { all: callsOf(groups), withStack: callsOf(withStack) };
  return {
    calls: calls.all,
    withStack: calls.withStack,
    functions: functionsOf(known, stacks, limit),
    sites: sitesOf(known, stacks).slice(0, limit),
    tree: stackTree(counted),
    notes: [
      ...missing(calls.all, calls.withStack),
      ...broken(reader, stacks),
      ...leftOut(all.size, stacks.size),
    ],
  };
}

const callsOf = (groups: readonly Group[]) => groups.reduce((sum, { calls }) => sum + calls, 0);

/** The function that was called stands innermost, whether the stack begins with it or not. */
function textsOf(fn: string, { frames }: Stack): string[] {
  const texts = frames.map(frameText);
  return isSameFunction(frames[0]?.name, fn) ? [fn, ...texts.slice(1)] : [fn, ...texts];
}

function countedStack({ fn, calls, total, max }: Group, stack: Stack): CountedStack {
  return { frames: textsOf(fn, stack), calls, total, max };
}

function functionsOf(groups: readonly Group[], stacks: Map<number, Stack>, limit: number): FunctionStacks[] {
  return [...Map.groupBy(groups, ({ fn }) => fn)]
    .map(([fn, own]) => ({
      fn,
      ...costOf(own),
      stacks: own.slice(0, limit).map(group => ({
        ...costOf([group]),
        frames: textsOf(fn, stacks.get(group.stack)!),
        cut: stacks.get(group.stack)!.cut,
      })),
    }))
    .sort((a, b) => b.totalMs - a.totalMs);
}

function sitesOf(groups: readonly Group[], stacks: Map<number, Stack>): CallSite[] {
  const site = ({ fn, stack }: Group) => {
    const { frames } = stacks.get(stack)!;
    const own = frames.find(isOwnCode) ?? frames.find(({ kind }) => kind !== 'native') ?? frames.at(-1);
    return own ? frameText(own) : fn;
  };
  return [...Map.groupBy(groups, site)]
    .map(([name, own]) => ({ site: name, ...costOf(own), functions: [...new Set(own.map(({ fn }) => fn))] }))
    .sort((a, b) => b.totalMs - a.totalMs);
}

function costOf(groups: readonly Group[]): Cost {
  return {
    calls: groups.reduce((sum, { calls }) => sum + calls, 0),
    totalMs: msOf(groups.reduce((sum, { total }) => sum + total, 0)),
    maxMs: msOf(Math.max(...groups.map(({ max }) => max))),
  };
}

function missing(calls: number, withStack: number): string[] {
  if (withStack === calls) return [];
  const hint = withStack === 0 ? ' Record with kv trace --cuda --stacks.' : '';
  return [`${count(withStack, 'call')} of ${calls.toLocaleString('en')} have a stack.${hint}`];
}

/** Only kv's recorder walks by frame pointers and says where it cut a stack. */
function broken(reader: TraceReader, stacks: Map<number, Stack>): string[] {
  if (reader.info.format !== 'kv') return [];
  const ends = [...stacks.values()].filter(({ cut }) => !cut).map(({ frames }) => brokenIn(frames));
  return [...Map.groupBy(ends, file => file)]
    .filter(([file]) => file !== undefined)
    .sort(([, a], [, b]) => b.length - a.length)
    .map(
      ([file, { length }]) =>
        `${length.toLocaleString('en')} of ${count(stacks.size, 'stack')} end inside ${file}: it is built without frame pointers, so its callers are not to be seen.`,
    );
}

function leftOut(stacks: number, read: number): string[] {
  return stacks > read && read > 0 ? [`${count(stacks - read, 'stack')} with less time are left out.`] : [];
}

import { cleanText } from '../../shared/text.ts';
import type { TraceReader } from '../model.ts';
import type { FrameRow } from './frames.ts';
import { type WindowMs, windowOf } from './window.ts';

export interface StackQuery extends WindowMs {
  /** Part of a function's name. Without it, calls inside other calls are left out: their time is the outer one's. */
  fn?: string;
  pid?: number;
  /** Stacks of each function, and sites, at most. */
  limit?: number;
}

/** Calls of one function from one stack; durations nanoseconds. */
export interface Group {
  fn: string;
  /** As the file numbers it; NO_STACK for calls without one. */
  stack: number;
  calls: number;
  total: number;
  max: number;
}

export interface Stack {
  frames: FrameRow[];
  cut: boolean;
}

export const NO_STACK = 0;

/** By function and stack, longest total first. Not by SQL, which would sort all the calls for it. */
export function callsByStack(reader: TraceReader, query: StackQuery): Group[] {
  const { where, values } = conditions(query);
  const functions = new Map<string, Map<number, Group>>();
  const rows = reader.rows<[fn: string, stack: number | null, dur: number]>(
    `SELECT fn, stack, dur FROM trace_calls WHERE ${where}`,
    values,
  );
  for (const [fn, of, dur] of rows) {
    const stack = of ?? NO_STACK;
    let groups = functions.get(fn);
    if (!groups) {
      groups = new Map();
      functions.set(fn, groups);
    }
    const group = groups.get(stack);
    if (!group) {
      groups.set(stack, { fn: cleanText(fn), stack, calls: 1, total: dur, max: dur });
      continue;
    }
    group.calls += 1;
    group.total += dur;
    group.max = Math.max(group.max, dur);
  }
  return [...functions.values()].flatMap(groups => [...groups.values()]).sort((a, b) => b.total - a.total);
}

/** Ingero's numbers have 64 bits, too many to ask for one by one: all of its few stacks are read. */
export function readStacks(reader: TraceReader, wanted: readonly number[]): Map<number, Stack> {
  const [where, values] =
    reader.info.format === 'kv'
      ? ['WHERE stack IN (SELECT value FROM json_each(?))', [JSON.stringify(wanted)]]
      : ['', []];
  const stacks = new Map<number, Stack>();
  const rows = reader.iterate<FrameRow & { stack: number; cut: number | null }>(
    'trace_stacks',
    `${where} ORDER BY stack, depth`,
    values,
  );
  for (const { stack, cut, kind, name, module, offset, line } of rows) {
    const known = stacks.get(stack) ?? { frames: [], cut: cut === 1 };
    known.frames.push({ kind, name, module, offset, line });
    stacks.set(stack, known);
  }
  return stacks;
}

function conditions(query: StackQuery): { where: string; values: Array<number | string> } {
  const { from, to } = windowOf(query);
  const values: Array<number | string> = [from, to];
  let where = 'start >= ? AND start < ?';
  if (query.fn === undefined) {
    where += ' AND parent IS NULL';
  } else {
    where += ' AND instr(lower(fn), lower(?)) > 0';
    values.push(query.fn);
  }
  if (query.pid !== undefined) {
    where += ' AND pid = ?';
    values.push(query.pid);
  }
  return { where, values };
}

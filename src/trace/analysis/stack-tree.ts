import { msOf } from './units.ts';

/** A function and what it called on the way to the CUDA calls that are counted. Deepest total first. */
export interface StackNode {
  frame: string;
  calls: number;
  totalMs: number;
  maxMs: number;
  children: StackNode[];
}

/** One stack with its calls; `frames` innermost first, durations nanoseconds. */
export interface CountedStack {
  frames: readonly string[];
  calls: number;
  total: number;
  max: number;
}

interface Building {
  calls: number;
  total: number;
  max: number;
  children: Map<string, Building>;
}

/** Branches below this share of the whole are left out of a tree. */
const SMALLEST_SHARE = 0.005;

/** Stacks laid over each other from the outermost function in, as in a flame graph. */
export function stackTree(stacks: readonly CountedStack[]): StackNode[] {
  const root: Building = { calls: 0, total: 0, max: 0, children: new Map() };
  for (const stack of stacks) {
    let node = counted(root, stack);
    for (const frame of stack.frames.toReversed()) {
      let child = node.children.get(frame);
      if (!child) {
        child = { calls: 0, total: 0, max: 0, children: new Map() };
        node.children.set(frame, child);
      }
      node = counted(child, stack);
    }
  }
  return nodesOf(root, root.total * SMALLEST_SHARE);
}

function counted(node: Building, { calls, total, max }: CountedStack): Building {
  node.calls += calls;
  node.total += total;
  node.max = Math.max(node.max, max);
  return node;
}

function nodesOf(node: Building, least: number): StackNode[] {
  return [...node.children]
    .filter(([, { total }]) => total >= least)
    .sort(([, a], [, b]) => b.total - a.total)
    .map(([frame, { calls, total, max, children }]) => ({
      frame,
      calls,
      totalMs: msOf(total),
      maxMs: msOf(max),
      children: nodesOf({ calls, total, max, children }, least),
    }));
}

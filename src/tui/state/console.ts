import type { ConsoleEntry, ConsoleTail } from './view.ts';

const HEAD = 100;
const TAIL = 100;

/** One more console line: the first hundred and the last hundred are kept, the others only counted. */
export function addLine(before: ConsoleTail, entry: ConsoleEntry): ConsoleTail {
  const count = before.count + 1;
  if (before.head.length < HEAD) return { ...before, count, head: [...before.head, entry] };
  const tail = before.tail.length < TAIL * 2 ? [...before.tail, entry] : [...before.tail.slice(-TAIL), entry];
  return { ...before, count, tail };
}

/** The last `max` lines. */
export function newestLines(lines: ConsoleTail, max: number): ConsoleEntry[] {
  return [...lines.head, ...lines.tail].slice(-max);
}

import type { StackNode, StackReport } from '../trace/index.ts';
import { ms, number, table, wrap } from './trace-table.ts';

/** What a line of the tree has before the frame: total, calls. */
const FIGURES = 20;
const DEEPEST = 24;

/** Sites, then the tree of stacks; lines of at most `width`. */
export function stacksText({ sites, tree, notes }: StackReport, width: number): string {
  const parts: string[] = [];
  if (sites.length > 0) {
    const rows = sites.map(row => [
      `${row.site}: ${row.functions.join(', ')}`,
      number(row.calls),
      ms(row.totalMs),
      ms(row.maxMs),
    ]);
    parts.push(table(['where calls come from', 'calls', 'total', 'max'], rows, width));
  }
  const lines = tree.flatMap(node => treeLines(node, 0, width));
  if (lines.length > 0)
    parts.push(`${'total'.padStart(9)}  ${'calls'.padStart(7)}  stack\n${lines.join('\n')}`);
  if (notes.length > 0) parts.push(notes.map(note => wrap(`Note: ${note}`, width, '  ')).join('\n'));
  return parts.join('\n\n') || 'No calls in this window.';
}

/**
 * Where a function called several, each begins with a mark and is indented; where it called one, that stands below it.
 * Figures that are the caller's are left out.
 */
function treeLines(node: StackNode, depth: number, width: number, caller?: StackNode): string[] {
  const isBranch = caller?.children.length !== 1;
  const indent = `${'  '.repeat(Math.min(depth, DEEPEST))}${isBranch ? '▸ ' : '  '}`;
  const same = caller?.calls === node.calls && caller.totalMs === node.totalMs;
  const figures = `${(same ? '' : ms(node.totalMs)).padStart(9)}  ${(same ? '' : number(node.calls)).padStart(7)}  `;
  const room = Math.max(8, width - FIGURES - indent.length);
  const frame = node.frame.length > room ? `${node.frame.slice(0, room - 1)}…` : node.frame;
  const deeper = node.children.length > 1 ? depth + 1 : depth;
  return [
    `${figures}${indent}${frame}`,
    ...node.children.flatMap(child => treeLines(child, deeper, width, node)),
  ];
}

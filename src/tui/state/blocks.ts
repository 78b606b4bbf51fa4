import type { Block, BlockBody, RunBlock, View } from './view.ts';

/** A view with one more block. */
export function append(view: View, body: BlockBody, done = true): View {
  const block: Block = { ...body, key: view.nextKey, done };
  return { ...view, blocks: [...view.blocks, block], nextKey: view.nextKey + 1 };
}

/** Replaces the last open block of a kind; the view is unchanged where there is none. */
export function updateOpen<K extends Block['kind']>(
  view: View,
  kind: K,
  change: (block: Extract<Block, { kind: K }>) => Block,
): View {
  const index = view.blocks.findLastIndex(block => block.kind === kind && !block.done);
  if (index < 0) return view;
  const blocks = [...view.blocks];
  blocks[index] = change(blocks[index] as Extract<Block, { kind: K }>);
  return { ...view, blocks };
}

export function hasOpen(view: View, kind: Block['kind']): boolean {
  return view.blocks.some(block => block.kind === kind && !block.done);
}

/** Marks every open block of these kinds (of all kinds by default) as done. */
export function close(view: View, ...kinds: Block['kind'][]): View {
  const isClosing = (block: Block) => !block.done && (kinds.length === 0 || kinds.includes(block.kind));
  if (!view.blocks.some(isClosing)) return view;
  return { ...view, blocks: view.blocks.map(block => (isClosing(block) ? { ...block, done: true } : block)) };
}

export function emptyRun(turn: number): RunBlock {
  return {
    kind: 'run',
    turn,
    toolCalls: [],
    answers: [],
    groups: [],
    open: {},
    console: { count: 0, head: [], tail: [] },
    changes: [],
    result: undefined,
    error: undefined,
    ok: true,
    durationMs: undefined,
  };
}

/** Changes the run under way; calls made outside of a script (tools mode) open one. */
export function updateRun(view: View, turn: number, change: (run: RunBlock) => RunBlock): View {
  const ready = hasOpen(view, 'run') ? view : append(view, emptyRun(turn), false);
  return updateOpen(ready, 'run', block => ({ ...change(block), key: block.key, done: block.done }));
}

import type { TraceReader } from '../model.ts';

interface Frame {
  stack: number;
  kind: string | null;
  name: string | null;
  module: string | null;
}

/** Libraries whose frames say nothing about who asked. */
const PLUMBING =
  /lib(?:cuda|cudart|nvidia|nccl|torch|c10|cublas|cudnn|stdc\+\+|c|pthread)(?:[-_.]|$)|ld-linux/;

/** Who made a call, by the number of its stack: the innermost Python function, else the first named one outside of libraries. */
export function siteNames(reader: TraceReader, stacks: readonly number[]): ReadonlyMap<number, string> {
  if (stacks.length === 0) return new Map();
  const frames = reader.query<Frame>(
    `SELECT stack, kind, name, module FROM trace_stacks
     WHERE stack IN (SELECT value FROM json_each(?)) ORDER BY stack, depth`,
    [JSON.stringify([...new Set(stacks)])],
  );
  return new Map(
    [...Map.groupBy(frames, frame => frame.stack)].flatMap(([stack, own]) => {
      const named = own.filter(frame => frame.name !== null);
      const best =
        named.find(frame => frame.kind === 'python' || frame.kind === 'js') ??
        named.find(frame => !PLUMBING.test(frame.module?.split('/').at(-1) ?? '')) ??
        named[0];
      return best ? [[stack, best.name!]] : [];
    }),
  );
}

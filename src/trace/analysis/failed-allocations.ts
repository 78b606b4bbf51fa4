import type { TraceReader } from '../model.ts';
import type { Finding } from './finding.ts';
import { bytesText, count } from './units.ts';
import { type WindowMs, windowOf } from './window.ts';

/** cudaErrorMemoryAllocation and CUDA_ERROR_OUT_OF_MEMORY. */
const OUT_OF_MEMORY = 2;

interface Row {
  pid: number;
  n: number;
  bytes: number | null;
  start: number;
}

/**
 * Allocations that failed for want of memory. Where less was allocated than the GPU has without the size asked for,
 * the free memory is in pieces, or another process has it; which, the trace of one host's calls cannot tell.
 */
export function failedAllocations(
  reader: TraceReader,
  window: WindowMs,
  nameOf: (pid: number) => string,
): Finding[] {
  const { from, to } = windowOf(window);
  const failed = reader.query<Row>(
    `SELECT pid, count(*) AS n, max(bytes) AS bytes, min(start) AS start FROM trace_calls
     WHERE kind = 'alloc' AND ret = ${OUT_OF_MEMORY} AND parent IS NULL AND start >= ? AND start < ? GROUP BY pid`,
    [from, to],
  );
  if (failed.length === 0) return [];
  const gpus = reader.select<{ memory: number | null }>('trace_gpus');
  const memory = gpus.length === 1 ? gpus[0]!.memory : null;
  return failed.map(({ pid, n, bytes, start }) => {
    const { blocks, live } = liveAt(reader, start);
    const asked = bytes ?? 0;
    const isInPieces = memory !== null && live !== undefined && live + asked <= memory;
    const known =
      live === undefined ? '' : ` ${bytesText(live)} in ${count(blocks, 'block')} were allocated then`;
    const of = memory === null || known === '' ? '' : ` of ${bytesText(memory)}`;
    const why = isInPieces ? ': the rest is in pieces too small, or another process has it' : '';
    return {
      kind: isInPieces ? ('fragmentation' as const) : ('out-of-memory' as const),
      pid,
      process: nameOf(pid),
      wonMs: 0,
      figures: { failed: n, askedBytes: asked, ...(live === undefined ? {} : { liveBytes: live, blocks }) },
      sentence: `${count(n, 'allocation')} of ${nameOf(pid)}, of up to ${bytesText(asked)}, failed for want of GPU memory, the first ${(start / 1e9).toFixed(3)} s into the trace.${known}${of}${why}${known ? '.' : ''}`,
      advice: isInPieces
        ? 'Allocate the large blocks first, use cudaMallocAsync or expandable_segments:True, and see with nvidia-smi who else uses the GPU.'
        : 'Hold less at once: smaller batches, freed caches, or a GPU with more memory.',
    };
  });
}

/** What all processes had allocated at a time, as far as the trace saw it being allocated. */
function liveAt(reader: TraceReader, time: number): { blocks: number; live: number | undefined } {
  const [row] = reader.query<{ blocks: number; live: number | null }>(
    `SELECT count(*) AS blocks, sum(bytes) AS live FROM trace_calls
     WHERE kind = 'alloc' AND parent IS NULL AND ret = 0 AND bytes > 0 AND start < ? AND fn NOT LIKE '%Host%'
       AND id NOT IN (SELECT pair FROM trace_calls WHERE kind = 'free' AND pair IS NOT NULL AND start < ?)`,
    [time, time],
  );
  return { blocks: row!.blocks, live: row!.live ?? undefined };
}

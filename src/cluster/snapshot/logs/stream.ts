import { type FileHandle, open } from 'node:fs/promises';
import type { LogPlace } from './find.ts';
import { sinceOffset, tailOffset } from './offsets.ts';
import { hasKubeletTimestamps, PREFIX_BYTES, prefixLength } from './timestamps.ts';

const BLOCK = 256 * 1024;
const HEAD = 16 * 1024;
const NEWLINE = 0x0a;

/** How much of a log is wanted, as the kubelet reads `PodLogOptions`: tail first, then since, then the byte limit. */
export interface LogRange {
  tailLines?: number;
  /** Unix milliseconds. */
  since?: number;
  limitBytes?: number;
  timestamps: boolean;
}

/** Streams a log file from where the range begins; no more than one block of it is in memory. */
export async function* streamLog(
  place: LogPlace,
  range: LogRange,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const file = await open(place.path);
  try {
    const from = place.from ?? 0;
    const to = Math.min((await file.stat()).size, place.to ?? Number.POSITIVE_INFINITY);
    const strip = !range.timestamps && (await isStamped(file, from, to));
    const starts = await Promise.all([
      range.tailLines === undefined ? from : tailOffset(file, to, range.tailLines),
      range.since === undefined ? from : sinceOffset(file, from, to, range.since),
    ]);
    const blocks = readBlocks(file, Math.max(from, ...starts), to, signal);
    yield* limited(strip ? withoutTimestamps(blocks) : blocks, range.limitBytes);
  } finally {
    await file.close();
  }
}

async function isStamped(file: FileHandle, from: number, to: number): Promise<boolean> {
  const length = Math.min(HEAD, to - from);
  if (length === 0) return false;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from);
  return hasKubeletTimestamps(buffer.toString('latin1', 0, bytesRead), bytesRead === to - from);
}

async function* readBlocks(
  file: FileHandle,
  from: number,
  size: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let at = from;
  while (at < size) {
    signal.throwIfAborted();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(BLOCK, size - at)), 0, undefined, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* limited(
  blocks: AsyncIterable<Buffer>,
  limitBytes: number | undefined,
): AsyncGenerator<Uint8Array> {
  let left = limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const block of blocks) {
    if (block.length >= left) {
      yield block.subarray(0, left);
      return;
    }
    left -= block.length;
    yield block;
  }
}

/** Cuts the kubelet's prefix off each line; lines may be longer than a block. */
async function* withoutTimestamps(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let carry: Buffer = Buffer.alloc(0);
  let inLine = false;
  for await (const block of blocks) {
    const bytes = carry.length > 0 ? Buffer.concat([carry, block]) : block;
    const kept: Buffer[] = [];
    let at = 0;
    while (at < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, at);
      const end = newline < 0 ? bytes.length : newline + 1;
      // A prefix that the block's end may have cut waits for the next block.
      if (!inLine && newline < 0 && end - at < PREFIX_BYTES) break;
      kept.push(bytes.subarray(inLine ? at : at + prefixLength(bytes.subarray(at, end)), end));
      inLine = newline < 0;
      at = end;
    }
    carry = bytes.subarray(at);
    if (kept.length > 0) yield Buffer.concat(kept);
  }
  if (carry.length > 0) yield carry.subarray(prefixLength(carry));
}

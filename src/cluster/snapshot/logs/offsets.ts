import type { FileHandle } from 'node:fs/promises';
import { leadingTime, PREFIX_BYTES } from './timestamps.ts';

const BLOCK = 64 * 1024;
const NEWLINE = 0x0a;
/** A stack trace has fewer. */
const MAX_UNTIMED_LINES = 1_000;

/** Byte offset at which the last `lines` lines begin, found by reading backwards from the end. */
export async function tailOffset(file: FileHandle, size: number, lines: number): Promise<number> {
  if (lines <= 0) return size;
  const block = Buffer.alloc(BLOCK);
  let end = size;
  let remaining = lines;
  while (end > 0) {
    const start = Math.max(0, end - BLOCK);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    let at = bytesRead;
    // The newline that ends the last line separates it from nothing.
    if (end === size && block[at - 1] === NEWLINE) at -= 1;
    while (at > 0) {
      at = block.lastIndexOf(NEWLINE, at - 1);
      if (at < 0) break;
      remaining -= 1;
      if (remaining === 0) return start + at + 1;
    }
    end = start;
  }
  return 0;
}

/**
 * Byte offset of the first line not older than `since` (Unix milliseconds), by bisection over lines that start
 * with a time; lines without one belong to the line before. A log without times is kept whole.
 */
export async function sinceOffset(
  file: FileHandle,
  from: number,
  size: number,
  since: number,
): Promise<number> {
  let low = from;
  let high = size;
  const first = await timedLine(file, from, size);
  if (!first || first.time >= since) return from;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const line = await timedLine(file, await nextLine(file, middle, size), size);
    if (line && line.time < since) low = line.offset;
    else high = middle;
  }
  for (let at = await nextLine(file, low, size); ; ) {
    const line = await timedLine(file, at, size);
    if (!line) return size;
    if (line.time >= since) return line.offset;
    at = await nextLine(file, line.offset, size);
  }
}

/** The first line at or after `offset` (a line's start) that begins with a time; gives up after many without one. */
async function timedLine(
  file: FileHandle,
  offset: number,
  size: number,
): Promise<{ offset: number; time: number } | undefined> {
  const head = Buffer.alloc(PREFIX_BYTES);
  let at = offset;
  for (let lines = 0; at < size && lines < MAX_UNTIMED_LINES; lines++) {
    const { bytesRead } = await file.read(head, 0, PREFIX_BYTES, at);
    const time = leadingTime(head.subarray(0, bytesRead));
    if (time !== undefined) return { offset: at, time };
    at = await nextLine(file, at, size);
  }
  return undefined;
}

/** Where the next line after the one that `offset` is in begins; `size` when there is none. */
async function nextLine(file: FileHandle, offset: number, size: number): Promise<number> {
  const block = Buffer.alloc(4 * 1024);
  let at = offset;
  while (at < size) {
    const { bytesRead } = await file.read(block, 0, block.length, at);
    if (bytesRead === 0) return size;
    const newline = block.subarray(0, bytesRead).indexOf(NEWLINE);
    if (newline >= 0) return at + newline + 1;
    at += bytesRead;
  }
  return size;
}

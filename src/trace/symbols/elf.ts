import { readSync } from 'node:fs';

/**
 * As much of a 64-bit little-endian ELF file as symbols need: System V ABI, "Object Files". Addresses, offsets and
 * sizes are bytes; what a file claims is checked against its size before anything is read or kept.
 */
export interface ElfFile {
  /** What is loaded as code: file offsets and the addresses that the file's symbols count by. */
  code: readonly ElfSegment[];
  sections: readonly ElfSection[];
  /** Hexadecimal; empty when the file has none. */
  buildId: string;
}

export interface ElfSegment {
  offset: number;
  address: number;
  size: number;
}

export interface ElfSection {
  type: number;
  offset: number;
  size: number;
  /** Of a symbol table: the section of its names. */
  link: number;
  entrySize: number;
}

export const SYMBOL_TABLE = 2;
export const DYNAMIC_SYMBOLS = 11;

const NOTE = 7;
const LOADED = 1;
const EXECUTABLE = 1;
const BUILD_ID = 3;
/** More sections or segments than linkers make; a file that claims more is not read. */
const MOST_HEADERS = 4096;
const LONGEST_NOTE = 4096;

/** undefined for what is no such file, or one cut short. */
export function readElf(fd: number, size: number): ElfFile | undefined {
  const head = bytesAt(fd, 0, 64, size);
  if (head?.readUInt32BE(0) !== 0x7f454c46 || head[4] !== 2 || head[5] !== 1) return undefined;
  const sections = headers(fd, size, head.readBigUInt64LE(40), head.readUInt16LE(58), head.readUInt16LE(60));
  const segments = headers(fd, size, head.readBigUInt64LE(32), head.readUInt16LE(54), head.readUInt16LE(56));
  const read = sections.map(sectionOf);
  return { code: segments.flatMap(codeOf), sections: read, buildId: buildIdOf(fd, size, read) };
}

/** `length` bytes from `offset`, or undefined where the file ends before. */
export function bytesAt(fd: number, offset: number, length: number, size: number): Buffer | undefined {
  if (!(offset >= 0 && length >= 0 && offset + length <= size)) return undefined;
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const read = readSync(fd, bytes, done, length - done, offset + done);
    if (read === 0) return undefined;
    done += read;
  }
  return bytes;
}

function headers(fd: number, size: number, offset: bigint, entry: number, count: number): Buffer[] {
  if (count > MOST_HEADERS || entry < 56) return [];
  const all = bytesAt(fd, Number(offset), entry * count, size);
  return all ? Array.from({ length: count }, (_, at) => all.subarray(at * entry, (at + 1) * entry)) : [];
}

function sectionOf(header: Buffer): ElfSection {
  if (header.length < 64) return { type: 0, offset: 0, size: 0, link: 0, entrySize: 0 };
  return {
    type: header.readUInt32LE(4),
    offset: Number(header.readBigUInt64LE(24)),
    size: Number(header.readBigUInt64LE(32)),
    link: header.readUInt32LE(40),
    entrySize: Number(header.readBigUInt64LE(56)),
  };
}

function codeOf(header: Buffer): ElfSegment[] {
  if (header.readUInt32LE(0) !== LOADED || !(header.readUInt32LE(4) & EXECUTABLE)) return [];
  return [
    {
      offset: Number(header.readBigUInt64LE(8)),
      address: Number(header.readBigUInt64LE(16)),
      size: Number(header.readBigUInt64LE(32)),
    },
  ];
}

function buildIdOf(fd: number, size: number, sections: readonly ElfSection[]): string {
  for (const { type, offset, size: length } of sections) {
    if (type !== NOTE || length > LONGEST_NOTE) continue;
    const notes = bytesAt(fd, offset, length, size);
    const found = notes && buildIdIn(notes);
    if (found) return found;
  }
  return '';
}

/** Each note: length of its name, length of its content, type, and both padded to four bytes. */
function buildIdIn(notes: Buffer): string | undefined {
  for (let at = 0; at + 12 <= notes.length; ) {
    const nameLength = notes.readUInt32LE(at);
    const length = notes.readUInt32LE(at + 4);
    const name = notes.toString('latin1', at + 12, at + 12 + nameLength);
    const content = at + 12 + padded(nameLength);
    if (notes.readUInt32LE(at + 8) === BUILD_ID && name === 'GNU\0') {
      return notes.toString('hex', content, content + length);
    }
    at = content + padded(length);
  }
  return undefined;
}

const padded = (length: number) => Math.ceil(length / 4) * 4;

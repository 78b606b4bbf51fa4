import { cleanText } from '../../shared/text.ts';
import { bytesAt, DYNAMIC_SYMBOLS, type ElfFile, type ElfSection, SYMBOL_TABLE } from './elf.ts';

/** Functions of one file. Addresses as the file's symbols have them. */
export interface SymbolTable {
  readonly count: number;
  /** The name, mangled, of the function that holds the address. */
  nameAt(address: number): string | undefined;
}

const ENTRY = 24;
const CHUNK = ENTRY * 65_536;
/** Symbols kept of one file (20 bytes each): libtorch has 0.3 million, a browser 1.5. */
const MOST_SYMBOLS = 4_000_000;
const LONGEST_NAME = 8192;
const NAME_STEP = 256;
const FUNCTION = 2;
const INDIRECT_FUNCTION = 10;

/**
 * Reads `.symtab` where there is one, else `.dynsym`: numbers only, sorted by address; names are read from the file
 * when they are asked for, so that a library of gigabytes costs what its functions' addresses take.
 */
export function readSymbols(fd: number, size: number, elf: ElfFile): SymbolTable | undefined {
  const section =
    elf.sections.find(({ type }) => type === SYMBOL_TABLE) ??
    elf.sections.find(({ type }) => type === DYNAMIC_SYMBOLS);
  const names = section && elf.sections[section.link];
  if (!names) return undefined;
  const { addresses, sizes, nameOffsets } = functionsOf(fd, size, section);
  return {
    count: addresses.length,
    nameAt: address => {
      const at = holding(addresses, sizes, address);
      return at === undefined ? undefined : nameOf(fd, size, names, nameOffsets[at]!);
    },
  };
}

/** Whether the file has the full table, and not only what it exports. */
export function hasFullTable(elf: ElfFile): boolean {
  return elf.sections.some(({ type }) => type === SYMBOL_TABLE);
}

interface Functions {
  addresses: Float64Array;
  sizes: Float64Array;
  nameOffsets: Uint32Array;
}

function functionsOf(fd: number, size: number, { offset, size: length }: ElfSection): Functions {
  const most = Math.min(Math.floor(Math.min(length, size) / ENTRY), MOST_SYMBOLS);
  const addresses = new Float64Array(most);
  const sizes = new Float64Array(most);
  const nameOffsets = new Uint32Array(most);
  const ranks = new Uint8Array(most);
  let count = 0;
  for (let from = 0; from < most * ENTRY; from += CHUNK) {
    const bytes = bytesAt(fd, offset + from, Math.min(CHUNK, most * ENTRY - from), size);
    for (let at = 0; bytes && at < bytes.length; at += ENTRY) {
      const type = bytes[at + 4]! & 15;
      const isDefined = bytes.readUInt16LE(at + 6) !== 0;
      if (!isDefined || (type !== FUNCTION && type !== INDIRECT_FUNCTION)) continue;
      addresses[count] = numberAt(bytes, at + 8);
      sizes[count] = numberAt(bytes, at + 16);
      nameOffsets[count] = bytes.readUInt32LE(at);
      ranks[count] = rankOf(bytes[at + 4]! >> 4);
      count += 1;
    }
  }
  const order = Uint32Array.from({ length: count }, (_, at) => at);
  order.sort((a, b) => addresses[a]! - addresses[b]! || ranks[a]! - ranks[b]!);
  const kept = order.filter((row, at) => at === 0 || addresses[row] !== addresses[order[at - 1]!]);
  return {
    addresses: Float64Array.from(kept, row => addresses[row]!),
    sizes: Float64Array.from(kept, row => sizes[row]!),
    nameOffsets: Uint32Array.from(kept, row => nameOffsets[row]!),
  };
}

/** Exact below 2^53, which addresses of user space stay under. */
function numberAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

/** Of several names for one place: global (1) before weak (2) before local (0). */
function rankOf(binding: number): number {
  return binding === 0 ? 3 : binding;
}

/** How many functions before an address are looked at for one that reaches over it: parts lie inside others. */
const LOOK_BACK = 8;

function holding(addresses: Float64Array, sizes: Float64Array, address: number): number | undefined {
  const last = lastUpTo(addresses, address);
  for (let at = last; at >= 0 && at > last - LOOK_BACK; at -= 1) {
    // Hand-written assembly often states no size: such a function ends where the next begins.
    if (sizes[at] === 0 ? at === last : address < addresses[at]! + sizes[at]!) return at;
  }
  return undefined;
}

/** Index of the last entry that is not above `value`; -1 when all are. */
export function lastUpTo(sorted: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function nameOf(fd: number, size: number, names: ElfSection, at: number): string | undefined {
  const most = Math.min(names.size - at, LONGEST_NAME);
  for (let length = Math.min(NAME_STEP, most); length > 0; length = Math.min(length * 4, most)) {
    const bytes = bytesAt(fd, names.offset + at, length, size);
    const end = bytes?.indexOf(0) ?? -1;
    // Versions (`memcpy@@GLIBC_2.14`) say nothing to a reader.
    if (end >= 0) return cleanText(bytes!.toString('utf8', 0, end)).replace(/@.*$/, '') || undefined;
    if (length === most) break;
  }
  return undefined;
}

import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import type { MappingRecord } from '../record/types.ts';
import { type ElfFile, readElf } from './elf.ts';
import { hasFullTable, readSymbols, type SymbolTable } from './symbol-table.ts';

/** Where the system's files are looked for; tests have their own. */
export interface SystemPaths {
  proc: string;
  /** Root of separate debug files: `ROOT/.build-id/ab/cdef.debug`. */
  debug: string;
  /** Where processes outside of containers leave perf maps. */
  temporary: string;
}

export const SYSTEM_PATHS: SystemPaths = { proc: '/proc', debug: '/usr/lib/debug', temporary: '/tmp' };

/** Linux's O_PATH, which Node does not name. */
const PLACE_ONLY = 0o10000000;

/** An open file; `inode` is 0 for none. */
interface Open {
  fd: number;
  size: number;
  inode: number;
}

/** A file that a process runs code from, held open: processes end, and their files with their containers. */
export class MappedFile {
  readonly #file: Open;
  readonly #elf: ElfFile | undefined;
  readonly #paths: SystemPaths;
  readonly #pid: number;
  #symbols: SymbolTable | undefined | 'unread' = 'unread';
  #debug: Open | undefined;

  private constructor(file: Open, elf: ElfFile | undefined, pid: number, paths: SystemPaths) {
    this.#file = file;
    this.#elf = elf;
    this.#pid = pid;
    this.#paths = paths;
  }

  /**
   * The file as the process sees it, by its root directory, by the mapping itself (which needs more privileges, and
   * knows deleted files as well), or by the plain path: the first that is the same file by build id or inode.
   */
  static open(record: MappingRecord, paths: SystemPaths): MappedFile | undefined {
    const { pid, path, start, end } = record;
    const process = `${paths.proc}/${pid}`;
    const mapping = `${process}/map_files/${start.toString(16)}-${end.toString(16)}`;
    for (const candidate of [`${process}/root${path}`, mapping, path]) {
      const file = openFile(candidate);
      if (!file) continue;
      const elf = elfOf(file);
      if (candidate === mapping || isSame(record, file, elf)) return new MappedFile(file, elf, pid, paths);
      closeSync(file.fd);
    }
    return undefined;
  }

  /** The mangled name of the function at an offset of the file. */
  nameAt(offset: number): string | undefined {
    const segment = this.#elf?.code.find(one => offset >= one.offset && offset < one.offset + one.size);
    if (!segment) return undefined;
    if (this.#symbols === 'unread') this.#symbols = this.#read(this.#elf!);
    return this.#symbols?.nameAt(offset - segment.offset + segment.address);
  }

  /** How many functions are held in memory. */
  get held(): number {
    return typeof this.#symbols === 'object' ? this.#symbols.count : 0;
  }

  /** Gives the memory back; the table is read again when it is asked for. */
  release(): void {
    if (this.#symbols) this.#symbols = 'unread';
    if (this.#debug) closeSync(this.#debug.fd);
    this.#debug = undefined;
  }

  close(): void {
    closeSync(this.#file.fd);
    if (this.#debug) closeSync(this.#debug.fd);
  }

  #read(elf: ElfFile): SymbolTable | undefined {
    if (!hasFullTable(elf) && elf.buildId !== '') {
      const id = `.build-id/${elf.buildId.slice(0, 2)}/${elf.buildId.slice(2)}.debug`;
      const { proc, debug } = this.#paths;
      for (const root of [debug, `${proc}/${this.#pid}/root${debug}`]) {
        this.#debug = openFile(`${root}/${id}`);
        const other = this.#debug && elfOf(this.#debug);
        if (other && hasFullTable(other)) return readSymbols(this.#debug!.fd, this.#debug!.size, other);
        if (this.#debug) closeSync(this.#debug.fd);
        this.#debug = undefined;
      }
    }
    return attempt(() => readSymbols(this.#file.fd, this.#file.size, elf));
  }
}

/**
 * Looks at what is there before it is opened for reading: in a container's root a link can lead to the host's
 * /dev/watchdog, which acts when it is opened, and to pipes.
 */
function openFile(path: string): Open | undefined {
  const place = attempt(() => openSync(path, PLACE_ONLY));
  if (place === undefined) return undefined;
  try {
    const stat = fstatSync(place);
    const fd = stat.isFile()
      ? attempt(() => openSync(`/proc/self/fd/${place}`, constants.O_RDONLY))
      : undefined;
    return fd === undefined ? undefined : { fd, size: stat.size, inode: stat.ino };
  } finally {
    closeSync(place);
  }
}

function elfOf({ fd, size }: Open): ElfFile | undefined {
  return attempt(() => readElf(fd, size));
}

function isSame({ buildId, inode }: MappingRecord, file: Open, elf: ElfFile | undefined): boolean {
  if (buildId !== '' && elf && elf.buildId !== '') return elf.buildId.startsWith(buildId);
  return inode === 0 || inode === file.inode;
}

/** Files change and end while they are read: then there is nothing to be had from them. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

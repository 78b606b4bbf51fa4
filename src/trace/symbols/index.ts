import type { MappingRecord } from '../record/types.ts';
import type { FrameResolver, ResolvedFrame } from '../store/frames.ts';
import { demangle } from './demangle/index.ts';
import { MappedFile, SYSTEM_PATHS, type SystemPaths } from './mapped-file.ts';
import { PerfMap } from './perf-map.ts';

export { demangle } from './demangle/index.ts';
export type { SystemPaths } from './mapped-file.ts';

/** Files held open at a time; a training process with PyTorch has about 300. */
const MOST_FILES = 512;

/** Functions held in memory, 20 bytes each: what a process maps is for it to decide. */
const MOST_HELD = 16_000_000;

type Mapping = Pick<MappingRecord, 'start' | 'end' | 'offset' | 'path'> & { file: string };

/**
 * Names what runs at an address: functions of executables and libraries by their own symbol tables or separate debug
 * files, demangled, and compiled code by perf maps. `offset` counts in the file, as mapped. Files are opened when they
 * are mapped, for the process may be gone when its addresses come, and their tables read when they are asked for.
 * Holds files open: `close` it. As the port says, it never throws.
 */
export class Symbolizer implements FrameResolver {
  readonly #paths: SystemPaths;
  readonly #mappings = new Map<number, Mapping[]>();
  /** The one used last is at the end. */
  readonly #files = new Map<string, MappedFile | undefined>();
  readonly #perfMaps = new Map<number, PerfMap>();

  constructor(paths: Partial<SystemPaths> = {}) {
    this.#paths = { ...SYSTEM_PATHS, ...paths };
  }

  mapping(record: MappingRecord): void {
    const { pid, start, end, offset, path, device, inode, buildId } = record;
    const file = isFile(path) ? `${device}:${inode}:${buildId || path}` : '';
    const others = (this.#mappings.get(pid) ?? []).filter(other => other.end <= start || other.start >= end);
    this.#mappings.set(pid, [...others, { start, end, offset, path, file }]);
    if (file !== '' && !this.#files.get(file)) this.#keep(file, MappedFile.open(record, this.#paths));
  }

  resolve(pid: number, address: number): ResolvedFrame {
    const found = this.#mappings.get(pid)?.find(({ start, end }) => address >= start && address < end);
    if (found?.path === '[vdso]') return { kind: 'native', module: '[vdso]', offset: address - found.start };
    if (!found?.file) return this.#perfMapOf(pid).frameAt(address) ?? { kind: 'native' };
    const offset = address - found.start + found.offset;
    const file = this.#fileOf(found.file);
    const symbol = file?.nameAt(offset);
    this.#release();
    return { kind: 'native', name: symbol && demangle(symbol), module: found.path, offset };
  }

  forget(pid: number): void {
    this.#mappings.delete(pid);
    this.#perfMaps.delete(pid);
  }

  close(): void {
    for (const file of this.#files.values()) file?.close();
    this.#files.clear();
  }

  #keep(key: string, file: MappedFile | undefined): void {
    this.#files.delete(key);
    this.#files.set(key, file);
    if (this.#files.size <= MOST_FILES) return;
    const [oldest] = this.#files.keys();
    this.#files.get(oldest!)?.close();
    this.#files.delete(oldest!);
  }

  /** Those used least lately give up what they hold. */
  #release(): void {
    let held = 0;
    for (const file of [...this.#files.values()].reverse()) {
      held += file?.held ?? 0;
      if (held > MOST_HELD) file?.release();
    }
  }

  #fileOf(key: string): MappedFile | undefined {
    const file = this.#files.get(key);
    if (file) this.#keep(key, file);
    return file;
  }

  #perfMapOf(pid: number): PerfMap {
    const known = this.#perfMaps.get(pid) ?? new PerfMap(pid, this.#paths);
    this.#perfMaps.set(pid, known);
    return known;
  }
}

/** `//anon`, `[heap]` and the like are no files; nor is what `memfd_create` and shared memory name. */
function isFile(path: string): boolean {
  return /^\/(?!\/|memfd:|SYSV|dev\/)/.test(path);
}

import type { MappingRecord } from '../record/types.ts';

/** What an address of a process is. Without a name, module and offset say where it is; without both, nobody knows. */
export interface ResolvedFrame {
  kind: 'native' | 'python' | 'js';
  name?: string;
  /** Path of the file, as the process names it. */
  module?: string;
  /** Of the address in that file. */
  offset?: number;
  line?: number;
}

/**
 * Turns addresses into names while the process lives. Called on the thread that writes, once an address of a process,
 * so it may read a file's symbol table, and must not wait for anything else. Never throws.
 */
export interface FrameResolver {
  /** Executable memory of a process; a later record for the same addresses replaces an earlier one. */
  mapping(record: MappingRecord): void;
  resolve(pid: number, address: number): ResolvedFrame;
  /** The process has ended, and another may get its number. */
  forget(pid: number): void;
}

type Mapping = Pick<MappingRecord, 'start' | 'end' | 'offset' | 'path'>;

/** Knows files and offsets only, from what the recorder saw mapped. */
export class ModuleResolver implements FrameResolver {
  readonly #mappings = new Map<number, Mapping[]>();

  mapping({ pid, start, end, offset, path }: MappingRecord): void {
    const own = this.#mappings.get(pid) ?? [];
    const others = own.filter(other => other.end <= start || other.start >= end);
    this.#mappings.set(pid, [...others, { start, end, offset, path }]);
  }

  resolve(pid: number, address: number): ResolvedFrame {
    const own = this.#mappings.get(pid) ?? [];
    const found = own.find(({ start, end }) => address >= start && address < end);
    if (!found?.path.startsWith('/') || found.path.startsWith('//')) return { kind: 'native' };
    return { kind: 'native', module: found.path, offset: address - found.start + found.offset };
  }

  forget(pid: number): void {
    this.#mappings.delete(pid);
  }
}

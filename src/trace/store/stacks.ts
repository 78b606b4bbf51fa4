import type { Database, Statement } from 'better-sqlite3';
import { cleanText } from '../../shared/text.ts';
import type { CodeRecord, MappingRecord, StackRecord } from '../record/types.ts';
import { FrameRows } from './frame-rows.ts';
import type { FrameResolver, ResolvedFrame } from './frames.ts';
import type { Strings } from './strings.ts';

/** Functions of the Python interpreter that run Python code: its frames stand where these are. */
const INTERPRETER = /^_?PyEval_/;

interface NativeFrame {
  id: number;
  interprets: boolean;
}

/** The tables `stacks` and `frames`, and names for addresses. Resolved at once, while the process still lives. */
export class Stacks {
  readonly #resolver: FrameResolver;
  readonly #strings: Strings;
  readonly #frames: FrameRows;
  readonly #insert: Statement;
  readonly #ids = new Map<number, number>();
  readonly #interned = new Map<string, number>();
  readonly #code = new Map<number, CodeRecord>();
  readonly #resolved = new Map<number, Map<number, NativeFrame>>();
  readonly #names = new Map<number, Map<number, number | null>>();

  constructor(db: Database, strings: Strings, resolver: FrameResolver) {
    this.#resolver = resolver;
    this.#strings = strings;
    this.#frames = new FrameRows(db, strings);
    this.#insert = db.prepare('INSERT INTO stacks VALUES (?, ?, ?, ?)');
  }

  mapping(record: MappingRecord): void {
    this.#resolver.mapping(record);
    this.#forgetNames(record.pid);
  }

  code(record: CodeRecord): void {
    this.#code.set(record.id, record);
  }

  add({ id, pid, cut, addresses, python }: StackRecord): void {
    const native = addresses.map(address => this.#native(pid, address));
    const frames = JSON.stringify(merged(native, this.#python(python)));
    const key = `${pid} ${cut} ${frames}`;
    let own = this.#interned.get(key);
    if (own === undefined) {
      own = this.#interned.size + 1;
      this.#insert.run(own, pid, frames, cut ? 1 : 0);
      this.#interned.set(key, own);
    }
    this.#ids.set(id, own);
  }

  /** The file's number of a stack of the recorder's. */
  idOf(recorded: number): number | null {
    return this.#ids.get(recorded) ?? null;
  }

  /** The number of the name of the function that an address is of. */
  nameOf(pid: number, address: number): number | null {
    const own = ofProcess(this.#names, pid);
    let known = own.get(address);
    if (known === undefined) {
      const { name } = this.#resolver.resolve(pid, address);
      known = this.#strings.idOrNull(name && cleanText(name));
      own.set(address, known);
    }
    return known;
  }

  /** The process has ended. */
  forget(pid: number): void {
    this.#forgetNames(pid);
    this.#resolver.forget(pid);
  }

  /** Addresses of the process may mean something else from now on: it has ended, or loaded another program. */
  #forgetNames(pid: number): void {
    this.#resolved.delete(pid);
    this.#names.delete(pid);
  }

  #native(pid: number, address: number): NativeFrame {
    const own = ofProcess(this.#resolved, pid);
    let known = own.get(address);
    if (!known) {
      // Where a call returns to may be the next function already: a last instruction that never returns.
      const frame = this.#resolver.resolve(pid, address - 1);
      known = { id: this.#frames.id(frame), interprets: INTERPRETER.test(frame.name ?? '') };
      own.set(address, known);
    }
    return known;
  }

  #python(frames: StackRecord['python']): number[] {
    return frames.map(({ code, line }) => {
      const known = this.#code.get(code);
      const frame: ResolvedFrame = { kind: 'python', name: known?.name, module: known?.file, line };
      return this.#frames.id(frame);
    });
  }
}

/**
 * Python's frames take the place of everything from the first to the last function of the interpreter; where none is
 * to be seen, they lie outside of all there is.
 */
function merged(native: readonly NativeFrame[], python: readonly number[]): number[] {
  const ids = native.map(({ id }) => id);
  if (python.length === 0) return ids;
  const first = native.findIndex(({ interprets }) => interprets);
  if (first < 0) return [...ids, ...python];
  const last = native.findLastIndex(({ interprets }) => interprets);
  return [...ids.slice(0, first), ...python, ...ids.slice(last + 1)];
}

function ofProcess<T>(all: Map<number, Map<number, T>>, pid: number): Map<number, T> {
  let own = all.get(pid);
  if (!own) {
    own = new Map();
    all.set(pid, own);
  }
  return own;
}

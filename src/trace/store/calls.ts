import type { Database } from 'better-sqlite3';
import type { CallRecord, CopyKind } from '../record/types.ts';
import { Allocations } from './allocations.ts';
import { BulkInsert, type Row } from './bulk-insert.ts';
import type { Functions, KnownFunction } from './functions.ts';
import { Handles } from './handles.ts';
import type { Stacks } from './stacks.ts';
import type { KnownThread, Threads } from './threads.ts';
import type { Totals } from './totals.ts';

const DIRECTIONS: Readonly<Record<CopyKind, number | null>> = {
  none: null,
  'host-to-host': 0,
  'host-to-device': 1,
  'device-to-host': 2,
  'device-to-device': 3,
  default: 4,
};

/** CUDA's number of a copy kind. */
export const directionOf = (kind: CopyKind): number | null => DIRECTIONS[kind];

const FIRST = 1;
const FAILED = 2;
const SAMPLED = 4;

export interface CallParts {
  threads: Threads;
  functions: Functions;
  stacks: Stacks;
  totals: Totals;
}

/**
 * The table `calls`. A nested call's record comes before its parent's, so the first nested one reserves the parent's
 * id; rows wait in memory until a batch is written, in the order of their ids, because SQLite fills pages only when
 * rows are appended.
 */
export class Calls {
  readonly #parts: CallParts;
  readonly #insert: BulkInsert;
  readonly #streams: Handles;
  readonly #communicators = new Handles();
  readonly #allocations = new Allocations();
  #next = 1;
  /** The id of the first place of `#waiting`. */
  #base = 1;
  #waiting: (Row | undefined)[] = [];
  /** Parents whose nested calls were written in an earlier batch. */
  #late: Row[] = [];
  #count = 0;

  constructor(db: Database, parts: CallParts) {
    this.#parts = parts;
    this.#insert = new BulkInsert(db, 'calls', 17);
    const streams = db.prepare('INSERT INTO streams VALUES (?, ?, ?)');
    this.#streams = new Handles((id, pid, handle) => streams.run(id, pid, handle));
  }

  /** Calls so far, those that wait included. */
  get count(): number {
    return this.#count;
  }

  get lastId(): number {
    return this.#next - 1;
  }

  add(call: CallRecord): void {
    const { pid, startNs, durationNs, depth, address, failed } = call;
    const { threads, functions, stacks } = this.#parts;
    const fn = functions.get(call.function);
    const thread = threads.get(pid, call.tid);
    const parent = depth > 0 ? this.#expect(thread, depth - 1, call.parentStartNs) : null;
    const id = this.#arrived(thread, depth, startNs);
    const freed = fn.kind === 'free' && !failed ? this.#allocations.free(pid, fn.layer, address) : undefined;
    // A size inside a structure that the recorder does not read is not known, rather than 0.
    const bytes = (fn.kind === 'free' ? freed?.bytes : call.sizeBytes) || null;
    if (fn.kind === 'alloc' && !failed && address !== 0)
      this.#allocations.add(pid, fn.layer, address, { id, bytes: call.sizeBytes });
    this.#put(id, [
      id,
      startNs,
      durationNs,
      thread.id,
      fn.id,
      parent,
      bytes,
      DIRECTIONS[call.copyKind],
      this.#stream(fn, pid, call.stream),
      call.device ?? null,
      call.result,
      (call.first ? FIRST : 0) | (failed ? FAILED : 0) | (call.sampled ? SAMPLED : 0),
      call.stack === 0 ? null : stacks.idOf(call.stack),
      fn.kind === 'launch' && address !== 0 ? stacks.nameOf(pid, address) : null,
      freed?.id ?? null,
      fn.layer === 'nccl' && address !== 0 ? this.#communicators.id(pid, address) : null,
      call.peer ?? null,
    ]);
  }

  /** Its pointers mean nothing any more. */
  forget(pid: number): void {
    this.#allocations.forget(pid);
  }

  /** Inserts what waits. */
  store(): void {
    for (const row of this.#batch()) this.#insert.add(row);
    this.#insert.flush();
  }

  /** What was inserted has been committed: it counts from now on. */
  committed(): void {
    const { threads, totals } = this.#parts;
    for (const [, start, dur, thread, fn, parent, bytes, , , , , flags] of this.#batch()) {
      const pid = threads.pidOf(thread!);
      totals.add(pid, fn!, parent !== null, start!, dur!, bytes!, (flags! & FAILED) !== 0);
    }
    this.#late = [];
    this.#waiting = [];
    this.#base = this.#next;
  }

  *#batch(): Generator<Row> {
    yield* this.#late;
    for (const row of this.#waiting) if (row) yield row;
  }

  #put(id: number, row: Row): void {
    this.#count += 1;
    if (id < this.#base) this.#late.push(row);
    else this.#waiting[id - this.#base] = row;
  }

  /** The id that the call around a nested one has, or will have. */
  #expect(thread: KnownThread, depth: number, startNs: number): number {
    const expected = thread.expected[depth];
    if (expected?.startNs === startNs) return expected.id;
    // Another that was expected here never came: it was too short to be sent, or was lost.
    const id = this.#next++;
    thread.expected[depth] = { startNs, id };
    return id;
  }

  #arrived(thread: KnownThread, depth: number, startNs: number): number {
    const expected = thread.expected[depth];
    if (expected?.startNs !== startNs) return this.#next++;
    thread.expected[depth] = undefined;
    return expected.id;
  }

  #stream(fn: KnownFunction, pid: number, handle: number): number | null {
    if (handle !== 0) return this.#streams.id(pid, handle);
    return fn.takesStream ? 0 : null;
  }
}

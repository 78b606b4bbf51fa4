import type {
  AggregateRecord,
  LibraryRecord,
  OffCpuRecord,
  ProcessRecord,
  TraceRecord,
} from '../record/types.ts';
import { COUNTED_AS } from './events.ts';
import type { LiveView } from './live-view.ts';
import type { Tables } from './tables.ts';

/** Calls of a process may arrive a little after its end has. */
const FORGET_AFTER_NS = 5e9;

export interface IntakeOptions {
  stacks: boolean;
  /** Told of every command line, secrets and all; what is to be stored of it comes back by `processes.command`. */
  onCommand: (pid: number, command: string) => void;
  /** Told in a sentence what cannot be recorded. */
  onNote: (text: string) => void;
}

/** Brings each record to the tables that it belongs in. */
export class Intake {
  readonly #tables: Tables;
  readonly #live: LiveView;
  readonly #options: IntakeOptions;
  #exited: { pid: number; atNs: number }[] = [];
  #end: { atNs: number; reason: string } | undefined;

  constructor(tables: Tables, live: LiveView, options: IntakeOptions) {
    this.#tables = tables;
    this.#live = live;
    this.#options = options;
  }

  /** When the recorder ended in order, and why. */
  get end(): { atNs: number; reason: string } | undefined {
    return this.#end;
  }

  add(record: TraceRecord): void {
    const tables = this.#tables;
    switch (record.type) {
      case 'call':
        tables.calls.add(record);
        tables.aggregates.written(record.pid, record.function, record.copyKind, record.depth > 0);
        break;
      case 'off-cpu':
        this.#offCpu(record);
        break;
      case 'event':
        tables.events.add(record);
        tables.processes.mention(record.pid, record.comm);
        this.#countHost(record.pid, COUNTED_AS[record.kind]);
        break;
      case 'aggregate':
        this.#aggregate(record);
        break;
      case 'process':
        this.#process(record);
        break;
      case 'stack':
        tables.stacks.add(record);
        break;
      case 'mapping':
        tables.stacks.mapping(record);
        break;
      case 'code':
        tables.stacks.code(record);
        break;
      case 'meta':
        tables.meta.begin(record, this.#options.stacks);
        break;
      case 'function':
        tables.functions.add(record);
        break;
      case 'library':
        this.#library(record);
        break;
      case 'drop':
        tables.drops.add(record);
        break;
      case 'end':
        this.#end = { atNs: record.timeNs, reason: record.reason };
        break;
      default:
        record satisfies never;
    }
  }

  /** What is still counted when nothing can be stored any more. */
  count(record: TraceRecord): void {
    if (record.type === 'aggregate') this.#delta(record);
    else if (record.type === 'drop') this.#tables.drops.add(record);
    else if (record.type === 'end') this.#end = { atNs: record.timeNs, reason: record.reason };
  }

  /** Lets go of what was remembered of processes that have ended. */
  forget(): void {
    const isOver = ({ atNs }: { atNs: number }) => this.#live.atNs - atNs > FORGET_AFTER_NS;
    if (!this.#exited.some(isOver)) return;
    for (const { pid } of this.#exited.filter(isOver)) this.#forgetProcess(pid);
    this.#exited = this.#exited.filter(each => !isOver(each));
  }

  #forgetProcess(pid: number): void {
    this.#tables.calls.forget(pid);
    this.#tables.stacks.forget(pid);
  }

  /** Numbers come around: nothing of the one before may be taken for the new one's, nor be forgotten later. */
  #begin(pid: number): void {
    if (!this.#exited.some(each => each.pid === pid)) return;
    this.#forgetProcess(pid);
    this.#exited = this.#exited.filter(each => each.pid !== pid);
  }

  #library(record: LibraryRecord): void {
    const { status, path, message } = record;
    this.#tables.extras.library(record);
    if (status === 'stripped') this.#options.onNote(`${path}: ${message}.`);
    if (status === 'failed') this.#options.onNote(`Probes could not be placed on ${path}: ${message}.`);
  }

  #offCpu(record: OffCpuRecord): void {
    const { switches, processes } = this.#tables;
    const { next, last, waker } = record;
    switches.add(record);
    processes.mention(next.pid, next.comm);
    if (last) processes.mention(last.pid, last.comm);
    if (waker) processes.mention(waker.pid, waker.comm);
    this.#countHost(record.pid, 'sched_switch');
  }

  #countHost(pid: number, name: string | undefined): void {
    const fn = name === undefined ? undefined : this.#tables.functions.hostId(name);
    if (fn !== undefined) this.#tables.aggregates.written(pid, fn, 'none', false);
  }

  #aggregate(record: AggregateRecord): void {
    const delta = this.#delta(record);
    if (delta) this.#tables.aggregates.store(record, delta);
  }

  #delta(record: AggregateRecord) {
    const delta = this.#tables.aggregates.delta(record);
    if (delta) this.#live.counted(record, this.#tables.functions.get(record.function), delta);
    return delta;
  }

  #process(record: ProcessRecord): void {
    const { pid, command, change, timeNs } = record;
    if (change === 'fork') this.#begin(pid);
    this.#tables.processes.add(record);
    if (change === 'exit') this.#exited.push({ pid, atNs: timeNs });
    // Empty: it was gone before anybody could look; then what it was before is no longer true.
    if (command !== '' || change === 'exec') this.#options.onCommand(pid, command);
  }
}

import type { AggregateRecord, TraceRecord } from '../record/types.ts';
import type { AggregateDelta } from './aggregates.ts';
import type { KnownFunction } from './functions.ts';
import { LiveFunctions } from './live-functions.ts';
import { LATELY, LiveProcesses } from './live-processes.ts';
import type { LiveState } from './live-state.ts';
import { Recent } from './recent.ts';
import type { ProcessPlace } from './types.ts';

type FromRecords = Pick<
  LiveState,
  'atNs' | 'functions' | 'processes' | 'callsPerSecond' | 'rowsPerSecond' | 'seen'
>;

/** What is to be seen of a recording while it goes on. Calls are counted by what the kernel counted. */
export class LiveView {
  readonly #functions = new LiveFunctions();
  readonly #processes = new LiveProcesses();
  readonly #calls = new Recent(LATELY + 1);
  readonly #rows = new Recent(LATELY + 1);
  #atNs = 0;
  #countedAtNs = 0;
  #seen = 0;

  /** Of the latest record. */
  get atNs(): number {
    return this.#atNs;
  }

  get seen(): number {
    return this.#seen;
  }

  record(record: TraceRecord): void {
    this.#atNs = Math.max(this.#atNs, timeOf(record));
    if (record.type === 'call') this.#processes.call(record);
    else if (record.type === 'off-cpu') this.#processes.offCpu(record);
    else if (record.type === 'process') this.#processes.change(record);
    else return;
    if (record.type !== 'process') this.#rows.add(secondOf(this.#atNs), 1);
  }

  /** The layer `host` counts no calls. */
  counted(record: AggregateRecord, fn: KnownFunction, delta: AggregateDelta): void {
    this.#countedAtNs = Math.max(this.#countedAtNs, record.timeNs);
    if (fn.layer === 'host') return;
    const second = secondOf(record.timeNs);
    this.#seen += delta.count;
    this.#calls.add(second, delta.count);
    this.#functions.add(fn, second, delta);
    this.#processes.counted(record.pid, second, delta.count);
  }

  place(pid: number, place: ProcessPlace): void {
    this.#processes.place(pid, place);
  }

  state(): FromRecords {
    const second = secondOf(this.#countedAtNs);
    const now = secondOf(this.#atNs);
    const span = Math.max(1, Math.min(LATELY, now));
    return {
      atNs: this.#atNs,
      functions: this.#functions.list(second),
      processes: this.#processes.list(second),
      callsPerSecond: this.#calls.sum(second, span) / span,
      rowsPerSecond: this.#rows.sum(now, span) / span,
      seen: this.#seen,
    };
  }
}

const secondOf = (ns: number) => Math.floor(ns / 1e9);

function timeOf(record: TraceRecord): number {
  switch (record.type) {
    case 'call':
    case 'event':
      return record.startNs + record.durationNs;
    case 'off-cpu':
      return record.endNs;
    case 'meta':
    case 'function':
    case 'code':
      return 0;
    default:
      return record.timeNs;
  }
}

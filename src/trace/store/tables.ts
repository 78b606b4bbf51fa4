import type { Database } from 'better-sqlite3';
import { Aggregates } from './aggregates.ts';
import { Calls } from './calls.ts';
import { Drops } from './drops.ts';
import { Events } from './events.ts';
import { Extras } from './extras.ts';
import type { FrameResolver } from './frames.ts';
import { Functions } from './functions.ts';
import { MetaRows } from './meta-rows.ts';
import { Processes } from './processes.ts';
import { Stacks } from './stacks.ts';
import { Strings } from './strings.ts';
import { Switches } from './switches.ts';
import { Threads } from './threads.ts';
import { Totals } from './totals.ts';

/** The tables of a trace file, each with what fills it. */
export interface Tables {
  meta: MetaRows;
  functions: Functions;
  calls: Calls;
  switches: Switches;
  events: Events;
  aggregates: Aggregates;
  totals: Totals;
  stacks: Stacks;
  processes: Processes;
  drops: Drops;
  extras: Extras;
}

export function tablesOf(db: Database, resolver: FrameResolver): Tables {
  const strings = new Strings(db);
  const threads = new Threads(db);
  const functions = new Functions(db);
  const stacks = new Stacks(db, strings, resolver);
  const totals = new Totals(db);
  return {
    meta: new MetaRows(db),
    functions,
    calls: new Calls(db, { threads, functions, stacks, totals }),
    switches: new Switches(db, threads),
    events: new Events(db, strings),
    aggregates: new Aggregates(db),
    totals,
    stacks,
    processes: new Processes(db, strings),
    drops: new Drops(db),
    extras: new Extras(db, strings),
  };
}

import { basename } from 'node:path';
import { KvError } from '../shared/errors.ts';
import type { TraceReader } from './model.ts';
import { openTrace } from './open.ts';
import type { SqlAnswer } from './sql/protocol.ts';
import { runSql, type SqlLimits } from './sql/run.ts';

/** The trace files that a person opened for a session. Nothing else on the disk can be reached through it. */
export interface Traces {
  /** Names by which `get` knows them, in the order in which they were given. */
  readonly names: readonly string[];
  /** The named trace, or the first. Throws a KvError that names those there are. */
  get(name?: string): Trace;
  close(): void;
}

export interface Trace {
  readonly name: string;
  readonly reader: TraceReader;
  sql(sql: string, limits: SqlLimits, signal: AbortSignal): Promise<SqlAnswer>;
}

/** A session without a trace. */
export const noTraces: Traces = {
  names: [],
  get: () => {
    throw new KvError('usage', 'No trace is open.', {
      hint: 'Start kv with --trace FILE: a trace of kv, an Ingero database or an SQLite export of Nsight Systems.',
    });
  },
  close: () => {},
};

/** Opens all files, or rejects with what is wrong with the first that cannot be opened. */
export async function openTraces(paths: readonly string[]): Promise<Traces> {
  if (paths.length === 0) return noTraces;
  const opened = new Map<string, Trace>();
  const close = () => {
    for (const { reader } of opened.values()) reader.close();
  };
  try {
    for (const path of paths) {
      const name = opened.has(basename(path)) ? path : basename(path);
      const reader = await openTrace(path);
      const sql: Trace['sql'] = (text, limits, signal) => runSql(path, text, limits, signal);
      opened.set(name, { name, reader, sql });
    }
  } catch (error) {
    close();
    throw error;
  }
  const names = [...opened.keys()];
  return {
    names,
    get: name => {
      const found = opened.get(name ?? names[0]!);
      if (found) return found;
      throw new KvError('usage', `No trace named ${name} is open.`, {
        hint: `Open are: ${names.join(', ')}.`,
      });
    },
    close,
  };
}

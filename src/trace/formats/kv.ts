import { KvError } from '../../shared/errors.ts';
import type { ViewName } from '../model.ts';
import { TRACE_FORMAT, TRACE_SCHEMA, TRACE_VERSION } from '../schema.ts';
import { directionOf, VIEW_COLUMNS, type ViewSql } from '../views.ts';
import { type FormatAdapter, isoOf } from './format.ts';
import { extentOf } from './kv-extent.ts';
import { notesOf } from './kv-notes.ts';

/** A recording writes some twenty and a few notes. */
const MOST_META = 1_000;

/** kv's own traces, see schema.ts. */
export const kvFormat: FormatAdapter = {
  format: 'kv',
  reads: [...TRACE_SCHEMA.matchAll(/^CREATE TABLE (\w+)/gm)].map(([, name]) => name!),
  matches: tables => tables.has('meta') && tables.has('functions') && tables.has('switches'),
  read: db => {
    const meta = new Map(
      db
        .prepare(
          `SELECT key, value FROM meta WHERE typeof(key) = 'text' AND typeof(value) = 'text' LIMIT ${MOST_META}`,
        )
        .raw()
        .all() as Array<[key: string, value: string]>,
    );
    if (meta.get('format') !== TRACE_FORMAT) {
      throw new KvError('usage', 'The file has the tables of a kv trace, and is not marked as one.', {
        hint: 'Record it again with kv trace.',
      });
    }
    const version = Number(meta.get('version'));
    if (version !== TRACE_VERSION) {
      throw new KvError(
        'usage',
        `The trace is of version ${meta.get('version')}, and this kv reads version ${TRACE_VERSION}.`,
        { hint: version > TRACE_VERSION ? 'Update kv.' : 'Record it again.' },
      );
    }
    const began = /^\d+$/.test(meta.get('started_at') ?? '') ? BigInt(meta.get('started_at')!) : undefined;
    return {
      views: VIEWS,
      info: {
        formatVersion: String(version),
        ...extentOf(db, meta),
        startedAt: began === undefined ? undefined : isoOf(began),
        host: meta.get('host'),
        cpuModel: meta.get('cpu_model'),
        cpuCores: Number(meta.get('cpu_cores')) || undefined,
        kernel: meta.get('kernel'),
        notes: notesOf(db, meta),
      },
    };
  },
};

const text = (column: string) => `(SELECT text FROM strings WHERE strings.id = p.${column})`;

/** Columns of the views that kv's own files hold as they are. */
const plain = (view: ViewName, table: string) => `SELECT ${VIEW_COLUMNS[view].join(', ')} FROM ${table}`;

const VIEWS: ViewSql = {
  trace_calls: `SELECT c.id, t.pid, t.tid, f.name, f.layer, f.kind, c.start, c.dur, c.bytes,
    ${directionOf('c.direction')}, c.stream, c.device, c.ret, c.stack, c.parent, c.flags,
    (SELECT text FROM strings WHERE strings.id = c.kernel), c.pair, c.comm, c.peer
    FROM calls c LEFT JOIN threads t ON t.id = c.thread LEFT JOIN functions f ON f.id = c.fn`,
  trace_off_cpu: `SELECT t.pid, t.tid, s.start, s.dur, s.state, s.runnable, s.next_pid, s.last_pid, s.waker_pid,
    s.syscall, s.io FROM switches s LEFT JOIN threads t ON t.id = s.thread`,
  trace_events: `SELECT p.at, p.dur, p.pid, p.tid, p.kind, p.size, p.address, p.code, p.other_pid, ${text('text')}
    FROM events p`,
  trace_aggregates: `SELECT a.start, a.pid, f.name, f.layer, f.kind, a.count, a.stored, a.total, a.max, a.bytes,
    ${directionOf('a.direction')}, a.nested, a.errors, a.buckets
    FROM aggregates a JOIN functions f ON f.id = a.fn`,
  trace_totals: `SELECT t.pid, f.name, f.layer, f.kind, t.nested, t.count, t.total, t.max, t.max_at, t.bytes, t.failed,
    t.first_start, t.first_dur, d.buckets
    FROM totals t JOIN functions f ON f.id = t.fn LEFT JOIN durations d USING (pid, fn, nested)`,
  trace_stacks: `SELECT s.id, s.pid, j.key, p.kind, ${text('name')}, ${text('module')}, p.offset, p.line, s.cut
    FROM stacks s, json_each(s.frames) j JOIN frames p ON p.id = j.value`,
  trace_processes: `SELECT p.pid, ${text('name')}, ${text('namespace')}, ${text('pod')}, ${text('container')},
    ${text('command')}, p.parent, ${text('cgroup')}, p.started, p.ended, p.exit_code
    FROM processes p`,
  trace_gpus: plain('trace_gpus', 'gpus'),
  trace_samples: plain('trace_samples', 'samples'),
  trace_drops: plain('trace_drops', 'drops'),
  trace_libraries: `SELECT ${text('path')}, p.kind, p.status, p.probes, p.build_id, p.message FROM libraries p`,
};

import type { Database } from 'better-sqlite3';
import { directionOf, kindOf, type ViewSql } from '../views.ts';
import { type FormatAdapter, isoOf, scalar } from './format.ts';

const LAYER = `CASE source WHEN 1 THEN 'runtime' WHEN 4 THEN 'driver' WHEN 5 THEN 'io' WHEN 6 THEN 'tcp'
  WHEN 7 THEN 'net' ELSE 'host' END`;
const KIND = `CASE source WHEN 5 THEN 'io' WHEN 6 THEN 'net' WHEN 7 THEN 'net' ELSE ${kindOf('o.name')} END`;

/** `frames` is JSON, innermost first: `s` a symbol with its offset, or `i` an address; `f` the file. */
const STACKS = `SELECT s.hash, NULL, j.key, 'native',
  CASE WHEN instr(j.value ->> '$.s', '+0x') > 0
    THEN substr(j.value ->> '$.s', 1, instr(j.value ->> '$.s', '+0x') - 1) ELSE j.value ->> '$.s' END,
  j.value ->> '$.f', NULL, NULL, NULL
  FROM stack_traces s, json_each(CASE WHEN json_valid(s.frames) THEN s.frames ELSE '[]' END) j`;

/**
 * Databases of Ingero (github.com/ingero-io/ingero), of both generations: integer event ids, and `{node}:{seq}`
 * ids of fleets. The timestamp of a CUDA, driver, I/O or socket event is its start. That of a sched_switch is the
 * end of the time off CPU: with the other reading 586 calls of one file would begin while their thread was off.
 */
export const ingero: FormatAdapter = {
  format: 'ingero',
  reads: [
    'cgroup_metadata',
    'schema_info',
    'sessions',
    'event_aggregates',
    'process_names',
    'causal_chains',
    'system_snapshots',
  ],
  matches: tables =>
    ['timestamp', 'source', 'op', 'duration', 'arg0'].every(name => tables.get('events')?.has(name)) &&
    tables.has('ops') &&
    tables.has('sources'),
  read: (db, tables) => {
    const base = beginning(db);
    const session = sessionOf(db);
    const isFleet = tables.get('events')!.has('node');
    const version = scalar(db, `SELECT value FROM schema_info WHERE key = 'version'`);
    return {
      views: viewsOf(base, tables),
      info: {
        formatVersion: String(version ?? 'unknown'),
        startedAt: isoOf(base),
        host: isFleet ? (scalar(db, 'SELECT node FROM events LIMIT 1') as string | undefined) : undefined,
        cpuCores: session.cpu_cores || undefined,
        cpuModel: session.cpu_model || undefined,
        kernel: session.kernel || undefined,
        notes: ['Ingero counts no drops in the kernel: events may be missing without a trace.'],
      },
    };
  },
};

function beginning(db: Database): bigint {
  const text = scalar(db, 'SELECT CAST(min(timestamp) AS TEXT) FROM events');
  return typeof text === 'string' ? BigInt(text) : 0n;
}

interface SessionRow {
  cpu_cores?: number;
  cpu_model?: string;
  kernel?: string;
}

function sessionOf(db: Database): SessionRow {
  return (db.prepare('SELECT cpu_cores, cpu_model, kernel FROM sessions LIMIT 1').get() ?? {}) as SessionRow;
}

function viewsOf(base: bigint, tables: ReadonlyMap<string, ReadonlySet<string>>): ViewSql {
  const hasCgroups = tables.has('cgroup_metadata') && tables.get('events')!.has('cgroup_id');
  const place = (column: string) =>
    hasCgroups
      ? `(SELECT nullif(c.${column}, '') FROM events x JOIN cgroup_metadata c USING (cgroup_id)
          WHERE x.pid = process_names.pid LIMIT 1)`
      : 'NULL';
  return {
    trace_calls: `SELECT e.rowid, e.pid, e.tid, o.name, ${LAYER}, ${KIND}, e.timestamp - ${base}, e.duration,
      CASE WHEN source = 5 THEN arg0 * 512 WHEN source = 7 THEN arg1
        WHEN ${KIND} IN ('alloc', 'copy') THEN arg0 END,
      CASE WHEN ${KIND} = 'copy' THEN ${directionOf('arg1')} END,
      NULL, gpu_id, ret_code, nullif(stack_hash, 0)
      FROM events e JOIN ops o ON o.source_id = e.source AND o.op_id = e.op WHERE e.source <> 3`,
    trace_off_cpu: `SELECT pid, tid, timestamp - duration - ${base}, duration, NULL, NULL, NULL
      FROM events WHERE source = 3 AND op = 1`,
    trace_aggregates: `SELECT a.bucket - ${base}, a.pid, o.name, ${LAYER}, ${KIND}, a.count, a.stored, a.sum_dur,
      a.max_dur, a.sum_arg0
      FROM event_aggregates a JOIN ops o ON o.source_id = a.source AND o.op_id = a.op`,
    trace_stacks: tables.has('stack_traces') ? STACKS : undefined,
    trace_processes: `SELECT pid, name, ${place('namespace')}, ${place('pod_name')}, ${place('container_id')}
      FROM process_names`,
    trace_chains: `SELECT id, detected_at - ${base}, severity, cuda_op, summary, root_cause, cuda_p99_us * 1000,
      cuda_p50_us * 1000 FROM causal_chains`,
    trace_gpus: `SELECT 0, gpu_model, gpu_driver, NULL FROM sessions WHERE gpu_model <> '' LIMIT 1`,
    trace_samples: `SELECT timestamp - ${base}, 'cpu_pct', cpu_pct FROM system_snapshots
      UNION ALL SELECT timestamp - ${base}, 'memory_pct', mem_pct FROM system_snapshots
      UNION ALL SELECT timestamp - ${base}, 'load', load_avg FROM system_snapshots`,
  };
}

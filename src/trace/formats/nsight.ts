import { directionOf, kindOf, type ViewSql } from '../views.ts';
import { type FormatAdapter, isoOf, scalar } from './format.ts';

/** A serialised global thread id holds the process in bits 24 to 47 and the thread below. */
const PID = '((globalTid >> 24) & 0xFFFFFF)';
const TID = '(globalTid & 0xFFFFFF)';
/** Nsight appends the version of the entry point to names: `cudaLaunchKernel_v7000`. */
const PLAIN_NAME = `CASE WHEN s.value GLOB '*_v[0-9]*' THEN rtrim(rtrim(s.value, '0123456789'), 'v_') ELSE s.value END`;

/**
 * SQLite exports of Nsight Systems, by NVIDIA's "SQLite Export Schema Reference". Tables are made only for what was
 * traced, so each may be missing. Times are nanoseconds since the session began already.
 */
export const nsight: FormatAdapter = {
  format: 'nsight',
  reads: [],
  matches: tables =>
    tables.has('StringIds') && [...tables.keys()].some(name => name.startsWith('CUPTI_ACTIVITY_KIND_')),
  read: (db, tables) => {
    const began = tables.has('TARGET_INFO_SESSION_START_TIME')
      ? scalar(db, 'SELECT CAST(utcEpochNs AS TEXT) FROM TARGET_INFO_SESSION_START_TIME')
      : undefined;
    return {
      views: viewsOf(tables),
      info: {
        formatVersion: String(
          tables.has('META_DATA_EXPORT')
            ? (scalar(db, `SELECT value FROM META_DATA_EXPORT WHERE name = 'EXPORT_SCHEMA_VERSION'`) ??
                'unknown')
            : 'unknown',
        ),
        startedAt: typeof began === 'string' ? isoOf(BigInt(began)) : undefined,
        notes: tables.has('SCHED_EVENTS')
          ? []
          : ['The export holds no scheduling events: what threads did meanwhile cannot be said.'],
      },
    };
  },
};

type Tables = ReadonlyMap<string, ReadonlySet<string>>;

function viewsOf(tables: Tables): ViewSql {
  const own = (table: string, sql: string) => (tables.has(table) ? sql : undefined);
  const column = (table: string, name: string, otherwise = 'NULL') =>
    tables.get(table)?.has(name) ? name : otherwise;
  return {
    trace_calls: own('CUPTI_ACTIVITY_KIND_RUNTIME', callsSql(tables)),
    trace_off_cpu: own('SCHED_EVENTS', SCHED),
    trace_processes: own(
      'PROCESSES',
      `SELECT ${column('PROCESSES', 'pid', '((globalPid >> 24) & 0xFFFFFF)')}, name, NULL, NULL, NULL
       FROM PROCESSES`,
    ),
    trace_gpus: own(
      'TARGET_INFO_GPU',
      `SELECT ${column('TARGET_INFO_GPU', 'id')}, name, NULL, ${column('TARGET_INFO_GPU', 'totalMemory')}
       FROM TARGET_INFO_GPU`,
    ),
    trace_gpu_work: gpuWork(tables),
    trace_ranges: own(
      'NVTX_EVENTS',
      `SELECT ${TID}, coalesce(n.text, (SELECT value FROM StringIds WHERE id = ${column('NVTX_EVENTS', 'textId')})),
       n.start, n.end - n.start FROM NVTX_EVENTS n WHERE n.end > n.start`,
    ),
  };
}

function callsSql(tables: Tables): string {
  const copies = tables.has('CUPTI_ACTIVITY_KIND_MEMCPY');
  const of = (name: string) =>
    copies
      ? `(SELECT ${name} FROM CUPTI_ACTIVITY_KIND_MEMCPY m WHERE m.correlationId = r.correlationId LIMIT 1)`
      : 'NULL';
  const name = `(${PLAIN_NAME})`;
  return `SELECT r.rowid, ${PID}, ${TID}, ${name},
    CASE WHEN s.value LIKE 'cuda%' THEN 'runtime' ELSE 'driver' END, ${kindOf(name)}, r.start, r.end - r.start,
    CASE WHEN ${kindOf(name)} = 'copy' THEN ${of('bytes')} END,
    CASE WHEN ${kindOf(name)} = 'copy' THEN ${of(COPY_KIND)} END,
    NULL, NULL, r.returnValue, NULL
    FROM CUPTI_ACTIVITY_KIND_RUNTIME r JOIN StringIds s ON s.id = r.nameId`;
}

/** CUPTI's numbers: 1 HtoD, 2 DtoH, 8 DtoD, 9 HtoH, 10 peer to peer. */
const COPY_KIND = directionOf(
  'CASE m.copyKind WHEN 8 THEN 3 WHEN 9 THEN 0 WHEN 10 THEN 3 ELSE m.copyKind END',
);

const SCHED = `SELECT ${PID}, ${TID}, start, upto - start, NULL, NULL, NULL FROM (
    SELECT globalTid, isSchedIn, start, lead(start) OVER (PARTITION BY globalTid ORDER BY start) AS upto
    FROM SCHED_EVENTS) WHERE isSchedIn = 0 AND upto IS NOT NULL`;

function gpuWork(tables: Tables): string | undefined {
  const kernels = `SELECT correlationId, 'kernel', (SELECT value FROM StringIds WHERE id = shortName), start,
    end - start, deviceId, streamId, NULL, NULL FROM CUPTI_ACTIVITY_KIND_KERNEL`;
  const copies = `SELECT correlationId, 'copy', NULL, m.start, m.end - m.start, deviceId, streamId, bytes,
    ${COPY_KIND} FROM CUPTI_ACTIVITY_KIND_MEMCPY m`;
  const found = [
    tables.has('CUPTI_ACTIVITY_KIND_KERNEL') ? kernels : '',
    tables.has('CUPTI_ACTIVITY_KIND_MEMCPY') ? copies : '',
  ].filter(Boolean);
  return found.length > 0 ? found.join(' UNION ALL ') : undefined;
}

import { z } from 'zod';
import { VIEW_COLUMNS } from '../../trace/index.ts';
import { defineCapability } from '../define.ts';
import { traceParam } from './schemas.ts';

export const schema = defineCapability({
  name: 'trace.schema',
  effect: 'read',
  summary: 'Describe the open GPU traces: format, machine, duration, and the tables that trace.sql can read',
  brief: 'open traces, tables, columns',
  params: z.object({ trace: traceParam }),
  result: z.object({
    open: z.array(z.string()).describe('names of the open traces'),
    format: z.string(),
    formatVersion: z.string(),
    startedAt: z.string().optional(),
    durationMs: z.number(),
    calls: z.number(),
    switches: z.number(),
    host: z.string().optional(),
    cpuCores: z.number().optional(),
    cpuModel: z.string().optional(),
    kernel: z.string().optional(),
    gpus: z.array(
      z.object({ name: z.string(), driver: z.string().nullable(), memory: z.number().nullable() }),
    ),
    notes: z.array(z.string()),
    views: z.record(z.string(), z.array(z.string())),
    tables: z.record(z.string(), z.array(z.string())),
  }),
  examples: [{ title: 'what the trace holds', code: 'return trace.schema();' }],
  run: async ({ trace }, params) => {
    const { reader } = trace.get(params.trace);
    const { path: _, ...info } = reader.info;
    const fields = reader.query<{ table: string; field: string }>(
      `SELECT m.name AS "table", p.name AS field FROM sqlite_master m JOIN pragma_table_info(m.name) p
       WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, p.cid`,
    );
    const tables = Map.groupBy(fields, row => row.table);
    return {
      open: [...trace.names],
      ...info,
      gpus: reader.select<{ name: string; driver: string | null; memory: number | null }>('trace_gpus'),
      views: Object.fromEntries(Object.entries(VIEW_COLUMNS).map(([name, columns]) => [name, [...columns]])),
      tables: Object.fromEntries([...tables].map(([name, rows]) => [name, rows.map(row => row.field)])),
    };
  },
});

import { createHash } from 'node:crypto';
import type { TraceReader } from '../model.ts';
import { type ExportCall, exportCalls } from './call-rows.ts';
import { type ExportProcess, type ExportQuery, json, type Pieces, processNames } from './format.ts';

/** Spans a line: what a collector takes at once. */
const SPANS = 512;
const INTERNAL = 1;
const ERROR = 2;

/**
 * OpenTelemetry's protocol as JSON lines, each an ExportTraceServiceRequest (the OTLP specification's "JSON Protobuf
 * Encoding" and "File Exporter"): a resource for each process with the names that the semantic conventions give, a
 * trace for each process, a span for each call. Ids are the same whenever the same file is exported.
 */
export function* otlp(reader: TraceReader, query: ExportQuery): Pieces {
  const processes = processNames(reader);
  const began = beginning(reader);
  let spans: string[] = [];
  let process: { pid: number; traceId: string; resource: string } | undefined;
  const line = () =>
    `{"resourceSpans":[{"resource":${process!.resource},"scopeSpans":[{"scope":{"name":"kv"},"spans":[${spans.join(',')}]}]}]}\n`;
  for (const call of exportCalls(reader, query)) {
    if (process?.pid !== call.pid || spans.length >= SPANS) {
      if (process && spans.length > 0) yield line();
      spans = [];
    }
    if (process?.pid !== call.pid) {
      const resource = json({ attributes: resourceOf(reader, call.pid, processes.get(call.pid)) });
      process = { pid: call.pid, traceId: traceIdOf(reader, call.pid, began), resource };
    }
    spans.push(spanOf(call, process.traceId, began));
  }
  if (process && spans.length > 0) yield line();
}

/** Unix nanoseconds, as exact as the file has them. */
function beginning(reader: TraceReader): bigint {
  const [own] =
    reader.info.format === 'kv'
      ? reader.query<{ value: string }>(`SELECT value FROM meta WHERE key = 'started_at'`)
      : [];
  if (own && /^\d+$/.test(own.value)) return BigInt(own.value);
  return BigInt(Date.parse(reader.info.startedAt ?? '') || 0) * 1_000_000n;
}

function traceIdOf(reader: TraceReader, pid: number, began: bigint): string {
  return createHash('sha256').update(`${reader.info.host} ${began} ${pid}`).digest('hex').slice(0, 32);
}

/** Never all zeros, which means none. */
const spanId = (call: number) => (call + 1).toString(16).padStart(16, '0');

function resourceOf({ info }: TraceReader, pid: number, process: ExportProcess | undefined) {
  return attributes({
    'service.name': process?.name ?? `process ${pid}`,
    'process.pid': pid,
    'process.executable.name': process?.name,
    'host.name': info.host,
    'k8s.namespace.name': process?.namespace,
    'k8s.pod.name': process?.pod,
    'k8s.container.name': process?.container,
  });
}

function spanOf(call: ExportCall, traceId: string, began: bigint): string {
  const { ret, flags, parent, start, dur } = call;
  const isFailed = flags === null ? (ret ?? 0) !== 0 : (flags & 2) !== 0;
  return json({
    traceId,
    spanId: spanId(call.id),
    parentSpanId: parent === null ? undefined : spanId(parent),
    name: call.fn,
    kind: INTERNAL,
    startTimeUnixNano: String(began + BigInt(start)),
    endTimeUnixNano: String(began + BigInt(start + dur)),
    attributes: attributes({
      'thread.id': call.tid,
      'kv.layer': call.layer,
      'kv.kind': call.kind,
      'kv.bytes': call.bytes,
      'kv.direction': call.direction,
      'kv.stream': call.stream,
      'kv.device': call.device,
      'kv.kernel': call.kernel,
      'kv.result': ret || undefined,
    }),
    status: isFailed ? { code: ERROR } : undefined,
  });
}

/** Whole numbers are strings in this encoding, for they have 64 bits. */
function attributes(values: Record<string, string | number | null | undefined>) {
  return Object.entries(values)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => ({
      key,
      value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
    }));
}

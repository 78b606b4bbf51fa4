import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Json } from '../shared/json.ts';
import type { RecordedCall, SessionRecord } from './types.ts';

export interface SessionRow {
  id: string;
  question: string;
  title: string;
  status: string;
  created_at: number;
  updated_at: number;
  last_seq: number;
  bytes: number;
  meta: string;
}

export interface CallRow {
  call: number;
  turn: number;
  name: string;
  args: string;
  effect: string;
  ok: number;
  result: Buffer | null;
  result_bytes: number;
  error: string | null;
  started_at: number;
  duration_ms: number;
}

export function toSession(row: SessionRow): SessionRecord {
  return {
    id: row.id,
    question: row.question,
    title: row.title,
    status: row.status,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastSeq: row.last_seq,
    bytes: row.bytes,
    meta: JSON.parse(row.meta) as Record<string, Json>,
  };
}

/** Results are deflated at a low level: JSON shrinks to about a tenth, at some 100 MB/s. */
export function toCallRow(call: RecordedCall): CallRow {
  const text = call.result === undefined ? undefined : Buffer.from(call.result);
  return {
    call: call.call,
    turn: call.turn,
    name: call.name,
    args: JSON.stringify(call.args),
    effect: call.effect,
    ok: call.ok ? 1 : 0,
    result: text ? deflateRawSync(text, { level: 2 }) : null,
    result_bytes: text?.length ?? 0,
    error: call.error ?? null,
    started_at: Math.round(call.startedAt),
    duration_ms: call.durationMs,
  };
}

export function toCall(row: CallRow): RecordedCall {
  return {
    call: row.call,
    turn: row.turn,
    name: row.name,
    args: JSON.parse(row.args) as Json,
    effect: row.effect,
    ok: row.ok === 1,
    ...(row.result ? { result: inflateRawSync(row.result).toString() } : {}),
    ...(row.error === null ? {} : { error: row.error }),
    startedAt: row.started_at,
    durationMs: row.duration_ms,
  };
}

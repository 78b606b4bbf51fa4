import type { ServerResponse } from 'node:http';
import { drip, json, type Reply, WireServer } from './wire.ts';

/** What `/api/show` says about a model. */
export interface Shown {
  capabilities?: string[];
  model_info?: Record<string, unknown>;
  parameters?: string;
  template?: string;
}

export const TOOL_MODEL: Shown = {
  capabilities: ['completion', 'tools'],
  model_info: { 'general.architecture': 'qwen3', 'qwen3.context_length': 40_960 },
};

export async function startOllama(shown: Shown, ...replies: Reply[]): Promise<WireServer> {
  const server = await WireServer.start(...replies);
  server.fixed.set('/api/show', response => json(response, 200, { details: {}, ...shown }));
  return server;
}

export function line(message: object, more: object = {}): string {
  const created_at = '2026-11-21T12:00:00Z';
  return `${JSON.stringify({ model: 'qwen3:8b', created_at, message: { role: 'assistant', ...message }, done: false, ...more })}\n`;
}

export function done(more: object = {}): string {
  const counts = { prompt_eval_count: 26, eval_count: 9, total_duration: 1 };
  return line({ content: '' }, { done: true, done_reason: 'stop', ...counts, ...more });
}

export function startStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
}

export function stream(lines: string[], chunk = 4096): Reply {
  return async response => {
    startStream(response);
    await drip(response, lines.join(''), chunk);
    response.end();
  };
}

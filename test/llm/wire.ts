import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ModelEvent, ModelRequest } from '../../src/llm/index.ts';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

export type Reply = (response: ServerResponse, received: Received) => void | Promise<void>;

/** A real HTTP server that answers its requests with the given replies, one after the other. */
export class WireServer {
  readonly received: Received[] = [];
  readonly #server: Server;
  readonly #replies: Reply[];
  /** Paths answered always the same way (`/api/show`). */
  readonly fixed = new Map<string, Reply>();
  /** Resolves when a client hangs up before its answer is over. */
  readonly hangUp = Promise.withResolvers<void>();

  private constructor(replies: Reply[]) {
    this.#replies = replies;
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const received = {
        path: request.url ?? '',
        headers: request.headers,
        body: text ? (JSON.parse(text) as Record<string, unknown>) : {},
      };
      response.on('close', () => {
        if (!response.writableFinished) this.hangUp.resolve();
      });
      const fixed = this.fixed.get(received.path);
      if (fixed) return fixed(response, received);
      this.received.push(received);
      const reply = this.#replies.shift();
      if (!reply) return json(response, 500, { error: 'no reply left' });
      await reply(response, received);
    });
  }

  static async start(...replies: Reply[]): Promise<WireServer> {
    const server = new WireServer(replies);
    await new Promise<void>(resolve => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }
}

export function json(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Sends bytes in pieces of `size`, each in its own write, so that lines and characters are cut anywhere. */
export async function drip(response: ServerResponse, text: string, size: number): Promise<void> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    await new Promise<void>(resolve =>
      response.write(bytes.subarray(at, at + size), () => setImmediate(resolve)),
    );
  }
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

/** Never waits, and remembers how long it should have. */
export function noWaiting(): { sleep: () => Promise<void>; random: () => number } {
  return { sleep: async () => {}, random: () => 0.5 };
}

export function ask(text: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return {
    system: [{ text: 'You are terse.' }],
    messages: [{ role: 'user', content: [{ type: 'text', text }] }],
    maxOutputTokens: 1000,
    ...more,
  };
}

export const never = new AbortController().signal;

export async function collect(stream: AsyncIterable<ModelEvent>): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

export function textOf(events: ModelEvent[]): string {
  return events.map(event => (event.type === 'text' ? event.delta : '')).join('');
}

export function finishOf(events: ModelEvent[]) {
  const finishes = events.filter(event => event.type === 'finish');
  if (finishes.length !== 1 || events.at(-1) !== finishes[0])
    throw new Error('not exactly one finish at the end');
  return finishes[0]!;
}

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { ToolSpec } from '../../llm/port.ts';
import { KvError, messageOf } from '../../shared/errors.ts';
import { oneLine } from '../../shared/text.ts';

/** An MCP server as the bench uses it: its tools as it declares them, its answers as it gives them. */
export interface PeerServer {
  /** What it calls itself: the column's name. */
  readonly name: string;
  readonly version: string;
  readonly tools: ToolSpec[];
  /** Never rejects for what the tool says; rejects when the server is gone or `signal` aborts. */
  call(name: string, input: unknown, signal: AbortSignal): Promise<{ text: string; isError: boolean }>;
  close(): Promise<void>;
}

/** A pod list of a big cluster in one answer is more than the SDK's 10 MB. */
const MAX_MESSAGE_BYTES = 512 * 1024 * 1024;
const CALL_MS = 10 * 60_000;
/** Pages of its tools that a server may have; beyond them it is going round in circles. */
const MOST_PAGES = 100;

/**
 * Starts the server that a shell command runs (over stdio, with `env` and nothing else) and asks for its tools.
 * Rejects with a KvError that has the server's last words.
 */
export async function startPeer(
  command: string,
  options: { env: Record<string, string>; version: string; signal: AbortSignal },
): Promise<PeerServer> {
  const transport = new StdioClientTransport({
    command: '/bin/sh',
    args: ['-c', `exec ${command}`],
    env: options.env,
    stderr: 'pipe',
    maxBufferSize: MAX_MESSAGE_BYTES,
  });
  let said = '';
  transport.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString('utf8')}`.slice(-2_000);
  });
  const client = new Client({ name: 'kv-bench', version: options.version });
  try {
    await client.connect(transport, { signal: options.signal });
    const tools = await listTools(client, options.signal);
    const { name = 'peer', version = '' } = client.getServerVersion() ?? {};
    return {
      name,
      version,
      tools,
      call: (tool, input, signal) => callTool(client, tool, input, signal),
      close: () => client.close(),
    };
  } catch (error) {
    await client.close();
    options.signal.throwIfAborted();
    const last = said.trim() === '' ? '' : ` It said: ${oneLine(said, 300)}`;
    throw new KvError('usage', `The MCP server "${command}" does not start: ${messageOf(error)}.${last}`, {
      hint: 'Run the command by hand; it has to speak MCP on its standard input and output.',
      cause: error,
    });
  }
}

async function listTools(client: Client, signal: AbortSignal): Promise<ToolSpec[]> {
  const specs: ToolSpec[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await client.listTools({ cursor }, { signal });
    for (const { name, description = '', inputSchema } of page.tools) {
      specs.push({ name, description, inputSchema: { ...inputSchema } });
    }
    cursor = page.nextCursor;
    if (cursor === undefined) return specs;
  }
  throw new Error(`its list of tools has more than ${MOST_PAGES} pages`);
}

async function callTool(
  client: Client,
  name: string,
  input: unknown,
  signal: AbortSignal,
): Promise<{ text: string; isError: boolean }> {
  const request = { name, arguments: input as Record<string, unknown> };
  try {
    const result = await client.callTool(request, undefined, { signal, timeout: CALL_MS });
    const content = result.content as Array<{ type: string; text?: string }>;
    const texts = content.map(part => part.text ?? `[${part.type}]`);
    return { text: texts.join('\n'), isError: result.isError === true };
  } catch (error) {
    signal.throwIfAborted();
    // A protocol error (unknown tool, bad arguments) is the server's answer to the model, as in other clients.
    return { text: messageOf(error), isError: true };
  }
}

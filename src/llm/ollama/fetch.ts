/** The server answered with an HTTP error; read here, because the `ollama` package prints to the console when it reads one. */
export class OllamaHttpError extends Error {
  readonly status: number;
  readonly headers: Headers;

  constructor(status: number, message: string, headers: Headers) {
    super(message);
    this.name = 'OllamaHttpError';
    this.status = status;
    this.headers = headers;
  }
}

/** What answered is no Ollama server. */
export class NotOllamaError extends Error {}

/**
 * The `fetch` that the `ollama` package gets: it passes the signal on, turns HTTP errors into OllamaHttpError, and
 * hands on whole NDJSON lines only.
 */
export function ollamaFetch(send: typeof globalThis.fetch, signal: AbortSignal): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await send(input, { ...init, signal });
    const type = response.headers.get('content-type') ?? '';
    if (!response.ok) throw await httpError(response);
    if (!/json/.test(type)) {
      await response.body?.cancel();
      throw new NotOllamaError(`the answer is ${type || 'of no declared type'}, not JSON`);
    }
    if (!type.includes('ndjson') || !response.body) return response;
    const whole = response.body.pipeThrough(wholeLines());
    return new Response(whole, { status: response.status, headers: response.headers });
  };
}

/** A `fetch` without time-outs: loading a large model from a slow disk takes longer than the usual 5 minutes. */
export async function patientFetch(): Promise<typeof globalThis.fetch> {
  const { Agent, fetch } = await import('undici');
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const patient = (input: string | URL, init?: object) => fetch(input, { ...init, dispatcher });
  return patient as unknown as typeof globalThis.fetch;
}

async function httpError(response: Response): Promise<OllamaHttpError> {
  const text = await response.text();
  let message = text.trim();
  try {
    const body: unknown = JSON.parse(text);
    const said = (body as { error?: unknown } | null)?.error;
    if (typeof said === 'string') message = said;
  } catch {
    // Not JSON: the text itself is the message.
  }
  return new OllamaHttpError(response.status, message || response.statusText, response.headers);
}

/** Holds a line back until it is whole; one that never ends was cut off and is dropped. */
function wholeLines(): TransformStream<Uint8Array, Uint8Array> {
  let held: Uint8Array[] = [];
  return new TransformStream({
    transform(chunk, controller) {
      const end = chunk.lastIndexOf(0x0a);
      if (end < 0) {
        held.push(chunk);
        return;
      }
      for (const part of held) controller.enqueue(part);
      controller.enqueue(chunk.subarray(0, end + 1));
      held = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
    },
  });
}

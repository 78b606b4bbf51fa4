import { cleanText, oneLine } from '../../shared/text.ts';
import { connectionFailure } from '../connection.ts';
import { ModelError } from '../errors.ts';
import { TransientFailure } from '../retry.ts';
import { retryAfter } from '../retry-after.ts';
import { NotOllamaError, OllamaHttpError } from './fetch.ts';

export interface OllamaTarget {
  id: string;
  /** Without credentials. */
  url: string;
}

/** The sentence behind any failure of a request, and whether another try may help. */
export function ollamaFailure(error: unknown, target: OllamaTarget): ModelError | TransientFailure {
  if (error instanceof ModelError || error instanceof TransientFailure) return error;
  if (error instanceof NotOllamaError) {
    return new ModelError(`What answers at ${target.url} is not an Ollama server: ${error.message}.`, {
      hint: 'Check OLLAMA_HOST.',
      facts: { url: target.url },
    });
  }
  if (error instanceof OllamaHttpError) return serverFailure(error.message, error, target);
  if (error instanceof Error && isSaidByServer(error)) return serverFailure(error.message, undefined, target);
  return connectionFailure(error, {
    name: 'Ollama',
    url: target.url,
    hint: 'Start it with `ollama serve`, or set OLLAMA_HOST to where it runs.',
  });
}

/** An `{"error": …}` line inside a stream becomes a plain Error without a cause. */
function isSaidByServer(error: Error): boolean {
  return error.constructor === Error && error.cause === undefined && !('code' in error);
}

function serverFailure(
  text: string,
  http: OllamaHttpError | undefined,
  target: OllamaTarget,
): ModelError | TransientFailure {
  const said = oneLine(cleanText(text), 300);
  const status = http?.status;
  const facts = { status, url: target.url, model: target.id };
  const error = (message: string, hint: string) => new ModelError(message, { hint, facts });
  if (/model.*not found|not found.*pull/i.test(said)) {
    return error(
      `Ollama at ${target.url} does not have the model "${target.id}".`,
      `Run \`ollama pull ${target.id}\`.`,
    );
  }
  if (status === 404) {
    return error(
      `What answers at ${target.url} is not an Ollama server (404: ${said}).`,
      'Check OLLAMA_HOST.',
    );
  }
  if (status === 401 || status === 403) {
    return error(
      `Ollama at ${target.url} refused access to ${target.id}: ${said}`,
      'Sign in with `ollama signin`.',
    );
  }
  if (/more system memory|out of memory|insufficient memory|unable to allocate/i.test(said)) {
    return error(
      `Ollama has not enough memory for ${target.id}: ${said}`,
      'Use a smaller model or a shorter context length (config: ollama.contextLength).',
    );
  }
  if (
    /exceeds? the (available |maximum )?context|context (length|size).*exceed|input length exceeds/i.test(
      said,
    )
  ) {
    return error(
      `The conversation is longer than the context of ${target.id}: ${said}`,
      'Raise ollama.contextLength in the config file, or start a new session.',
    );
  }
  if (status === 429 || status === 503 || /server busy/i.test(said)) {
    const busy = error(`Ollama at ${target.url} is busy: ${said}`, 'Try again in a moment.');
    return new TransientFailure('busy', busy, retryAfter(http?.headers));
  }
  const failed = error(`Ollama failed to run ${target.id}: ${said}`, 'Look into the log of `ollama serve`.');
  return status === undefined || status >= 500 ? new TransientFailure('server error', failed) : failed;
}

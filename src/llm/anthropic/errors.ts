import { isRecord } from '../../shared/json.ts';
import { cleanText, formatDuration, oneLine } from '../../shared/text.ts';
import { connectionFailure } from '../connection.ts';
import { ModelError } from '../errors.ts';
import { TransientFailure } from '../retry.ts';
import { retryAfter } from '../retry-after.ts';

export interface AnthropicTarget {
  id: string;
  /** Without credentials. */
  url: string;
  apiKey: string;
}

/** What the SDK's APIError carries; read by shape, since the SDK is loaded lazily. */
interface ApiFailure {
  status: number | undefined;
  type: string;
  message: string;
  headers: Headers | undefined;
}

/** The sentence behind any failure of a request, and whether another try may help. */
export function anthropicFailure(error: unknown, target: AnthropicTarget): ModelError | TransientFailure {
  if (error instanceof ModelError || error instanceof TransientFailure) return error;
  const failure = apiFailure(error, target.apiKey);
  if (!failure) {
    return connectionFailure(error, {
      name: "Anthropic's API",
      url: target.url,
      hint: 'Check the network, HTTPS_PROXY and ANTHROPIC_BASE_URL, or use --model offline.',
    });
  }
  const transient = transientReason(failure);
  return transient ? transientFailure(transient, failure, target) : lastingError(failure, target);
}

function apiFailure(error: unknown, apiKey: string): ApiFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { status, error: body, headers } = error as { status?: unknown; error?: unknown; headers?: unknown };
  const inner = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  const type = typeof inner['type'] === 'string' ? inner['type'] : '';
  if (typeof status !== 'number' && type === '') return undefined;
  const said = typeof inner['message'] === 'string' ? inner['message'] : error.message;
  return {
    status: typeof status === 'number' ? status : undefined,
    type,
    message: oneLine(cleanText(said), 300).replaceAll(apiKey, '[key]'),
    headers: headers instanceof Headers ? headers : undefined,
  };
}

function transientReason({ status, type, headers }: ApiFailure): string | undefined {
  if (headers?.get('x-should-retry') === 'false') return undefined;
  if (status === 529 || type === 'overloaded_error') return 'overloaded';
  if (status === 429 || type === 'rate_limit_error') return 'rate limited';
  if (status === 408 || status === 504 || type === 'timeout_error') return 'timed out';
  if (status === 409) return 'conflict';
  if ((status !== undefined && status >= 500) || type === 'api_error')
    return `server error ${status ?? ''}`.trim();
  return undefined;
}

function transientFailure(reason: string, failure: ApiFailure, target: AnthropicTarget): TransientFailure {
  const retryAfterMs = retryAfter(failure.headers);
  const facts = { status: failure.status, type: failure.type, url: target.url, retryAfterMs };
  if (reason === 'rate limited') {
    const when = retryAfterMs === undefined ? 'in a minute' : `in ${formatDuration(retryAfterMs)}`;
    const error = new ModelError(`Anthropic's rate limit for ${target.id} is used up: ${failure.message}`, {
      hint: `Try again ${when}, or use another model.`,
      facts,
    });
    return new TransientFailure(reason, error, retryAfterMs);
  }
  const message =
    reason === 'overloaded'
      ? `Anthropic's API is overloaded and does not take requests for ${target.id} at the moment.`
      : `Anthropic's API failed at ${target.url} (${reason}): ${failure.message}`;
  const hint = 'Try again in a few minutes, use another model, or use --model offline.';
  return new TransientFailure(reason, new ModelError(message, { hint, facts }), retryAfterMs);
}

function lastingError(failure: ApiFailure, target: AnthropicTarget): ModelError {
  const { status, type, message } = failure;
  const error = (text: string, hint: string) =>
    new ModelError(text, { hint, facts: { status, type, url: target.url, model: target.id } });
  if (status === 401 || type === 'authentication_error') {
    return error(
      `Anthropic's API at ${target.url} did not accept the key in ANTHROPIC_API_KEY: ${message}`,
      'Check the key at https://console.anthropic.com/settings/keys and set ANTHROPIC_API_KEY again.',
    );
  }
  if (status === 402 || type === 'billing_error' || /credit balance/i.test(message)) {
    return error(
      `The Anthropic account behind ANTHROPIC_API_KEY has no credit left: ${message}`,
      'Add credit at https://console.anthropic.com/settings/billing, or use --model offline or an Ollama model.',
    );
  }
  if (status === 403 || type === 'permission_error') {
    return error(
      `The key in ANTHROPIC_API_KEY may not use ${target.id}: ${message}`,
      'Ask for access in the Anthropic console, or choose another model with --model.',
    );
  }
  if (status === 404 || type === 'not_found_error') return notFound(message, target, error);
  if (
    status === 413 ||
    type === 'request_too_large' ||
    /prompt is too long|too many (total )?tokens/i.test(message)
  ) {
    return error(
      `The conversation is too long for ${target.id}: ${message}`,
      'Start a new session, ask a narrower question, or choose a model with a larger context window.',
    );
  }
  return error(
    `Anthropic's API refused the request to ${target.id}${status ? ` (${status})` : ''}: ${message}`,
    'Choose another model with --model, or report this if it goes on.',
  );
}

/** A 404 names the model when the API sent it; anything else answered at a wrong base URL. */
function notFound(
  message: string,
  target: AnthropicTarget,
  error: (text: string, hint: string) => ModelError,
): ModelError {
  if (/model/i.test(message)) {
    return error(
      `Anthropic knows no model "${target.id}".`,
      'Choose one of those listed at https://docs.claude.com/en/docs/about-claude/models with --model anthropic:<id>.',
    );
  }
  return error(
    `Nothing at ${target.url} answers as Anthropic's Messages API: ${message}`,
    'Check ANTHROPIC_BASE_URL (it ends before /v1/messages), or the model name.',
  );
}

import { isRecord } from '../shared/json.ts';
import { ModelError } from './errors.ts';
import { TransientFailure } from './retry.ts';

/** Whom a failed connection was meant to reach. */
export interface Endpoint {
  /** As a sentence names it: `Anthropic's API`, `Ollama`. */
  name: string;
  /** Base URL without credentials. */
  url: string;
  /** What to do when nothing answers there. */
  hint: string;
}

/** A base URL fit to be shown: user and password left out. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return parsed.toString().replace(/\/$/, '');
}

/** The first system or TLS error code in a chain of causes (`ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`). */
export function errorCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; isRecord(at) || at instanceof Error; depth++) {
    const { code, cause, errors } = at as { code?: unknown; cause?: unknown; errors?: unknown };
    if (typeof code === 'string') return code;
    if (depth > 8) return undefined;
    at = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return undefined;
}

/**
 * What a connection failure means. Nobody listening, an unknown host name and a bad certificate stay as they
 * are however often one tries; resets and time-outs are worth another try.
 */
export function connectionFailure(error: unknown, endpoint: Endpoint): ModelError | TransientFailure {
  const code = errorCode(error);
  const { name, url, hint } = endpoint;
  const facts = { url, code };
  const because = (why: string, next = hint) =>
    new ModelError(`${name} cannot be reached at ${url}: ${why}.`, { hint: next, facts, cause: error });
  switch (code) {
    case 'ECONNREFUSED':
      return because('the connection was refused');
    case 'ENOTFOUND':
      return because(`the host name ${hostOf(url)} is unknown`);
    case 'EAI_AGAIN':
      return new TransientFailure(
        'name lookup failed',
        because(`the name ${hostOf(url)} could not be looked up`),
      );
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return because('the network has no route to it');
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return new TransientFailure('timed out', because('it did not answer in time'));
  }
  if (code && /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|EPROTO|ERR_SSL/.test(code)) {
    return because(
      `its TLS certificate was not accepted (${code})`,
      'If a proxy or a private CA is in between, set NODE_EXTRA_CA_CERTS to its certificate.',
    );
  }
  return new TransientFailure(
    'connection lost',
    because(code ? `the connection broke (${code})` : 'the connection broke'),
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url;
}

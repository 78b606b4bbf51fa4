import { cleanText, formatDuration, oneLine } from '../../shared/text.ts';
import { ClusterUnreachableError } from '../errors.ts';

/** Where a request was going: what every sentence about a failure names. */
export interface Destination {
  context: string;
  server: string;
  /** Where the kubeconfig came from, for hints. */
  source: string;
  /** Proxy between kv and the server, if any. */
  proxy?: string;
}

/** The most telling code in an error, its causes and its parts (a dual-stack connect fails with an AggregateError). */
export function errorCode(error: unknown): string {
  for (const part of parts(error)) {
    const code = (part as { code?: unknown }).code;
    if (typeof code === 'string' && !/^UND_ERR_(SOCKET|INFO|PRX_\w+)$/.test(code)) return code;
  }
  const own = (error as { code?: unknown } | null)?.code;
  return typeof own === 'string' ? own : '';
}

/** No answer came: one sentence with the context, the server, the reason and what to do. */
export function explainConnection(error: unknown, to: Destination): ClusterUnreachableError {
  const code = errorCode(error);
  const at = `context ${to.context}, server ${to.server}`;
  const { why, hint } = reason(code, error, to);
  return new ClusterUnreachableError(`The cluster cannot be reached (${at}): ${why}.`, {
    hint,
    facts: { code, context: to.context, server: to.server },
    cause: error,
  });
}

/** The deadline passed before the first byte of an answer. */
export function explainTimeout(ms: number, to: Destination, last?: string): ClusterUnreachableError {
  const why = last ? `, the last attempt failed with: ${last}` : '';
  return new ClusterUnreachableError(
    `The cluster did not answer within ${formatDuration(ms)} (context ${to.context}, server ${to.server})${why}.`,
    {
      hint: 'Check the network, the VPN and the server address, or ask the API server itself: kubectl get --raw /readyz.',
      facts: { code: 'TIMEOUT', context: to.context, server: to.server, timeoutMs: ms },
    },
  );
}

function reason(code: string, error: unknown, to: Destination): { why: string; hint: string } {
  const host = hostOf(to.server);
  const message = deepestMessage(error);
  if (/Proxy response/.test(message)) {
    const status = /\((\d+)\)/.exec(message)?.[1] ?? 'an error';
    return {
      why: `the proxy ${to.proxy ?? ''} answered ${status}`.replace(/ {2,}/g, ' '),
      hint: 'Check proxy-url in the kubeconfig or HTTPS_PROXY, or put the server into NO_PROXY.',
    };
  }
  if (/wrong version number|packet length too long/i.test(message)) {
    return {
      why: 'the server speaks plain HTTP, not HTTPS',
      hint: `Use http:// for this server in ${to.source}, or point it at the API server's TLS port.`,
    };
  }
  switch (code) {
    case 'ECONNREFUSED':
      return {
        why: to.proxy
          ? `the connection was refused (through the proxy ${to.proxy})`
          : 'the connection was refused',
        hint: `Start the cluster or correct the server address of the context ${to.context} in ${to.source}.`,
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        why: `the name ${host} cannot be resolved`,
        hint: `Check DNS and the VPN, or correct the server address in ${to.source}.`,
      };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { why: `there is no route to ${host}`, hint: 'Check the network and the VPN.' };
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return {
        why: 'it timed out',
        hint: 'Check the network, the VPN and firewalls between here and the server.',
      };
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return {
        why: 'the connection was cut',
        hint: 'Try again; if it happens each time, look at load balancers and proxies on the way.',
      };
    case 'CERT_HAS_EXPIRED':
      return {
        why: 'the certificate has expired',
        hint: "Renew the API server's certificate (kubeadm certs renew), or check this machine's clock.",
      };
    case 'CERT_NOT_YET_VALID':
      return { why: 'the certificate is not valid yet', hint: "Check this machine's clock." };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        why: `the server's certificate is not for the name ${host}${altNames(error)}`,
        hint: `Use a name from the certificate as the server address, or set tls-server-name in ${to.source}.`,
      };
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_SIGNATURE_FAILURE':
      return {
        why: "the server's certificate was signed by an unknown authority",
        hint: `Put the cluster's CA into certificate-authority-data of ${to.source}; if the cluster was recreated, fetch its kubeconfig again.`,
      };
    default:
      return {
        why: oneLine(cleanText(message), 200) || code || 'the connection failed',
        hint: `Check the server address and credentials in ${to.source}.`,
      };
  }
}

function* parts(error: unknown, depth = 0): Generator<object> {
  if (typeof error !== 'object' || error === null || depth > 5) return;
  yield error;
  if (error instanceof AggregateError) for (const inner of error.errors) yield* parts(inner, depth + 1);
  yield* parts((error as { cause?: unknown }).cause, depth + 1);
}

function deepestMessage(error: unknown): string {
  const messages = [...parts(error)].map(part => (part instanceof Error ? part.message : '')).filter(Boolean);
  return messages.at(-1) ?? String(error);
}

function altNames(error: unknown): string {
  for (const part of parts(error)) {
    const names = (part as { cert?: { subjectaltname?: unknown } }).cert?.subjectaltname;
    if (typeof names === 'string') {
      return `, but for ${oneLine(cleanText(names.replace(/(DNS|IP Address):/g, '')), 120)}`;
    }
  }
  return '';
}

function hostOf(server: string): string {
  try {
    const { hostname } = new URL(server);
    return hostname || server;
  } catch {
    return server;
  }
}

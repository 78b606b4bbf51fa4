import { isDeepStrictEqual } from 'node:util';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import { explainCredentials } from './credential-errors.ts';
import type { Connection } from './kubeconfig.ts';

export interface Credentials {
  headers: Record<string, string | string[]>;
  dispatcher: Dispatcher;
  kubeConfig: KubeConfig;
  /** The same authentication again: expired tokens are fetched anew, the dispatcher stays unless certificates changed. */
  reapply(): Promise<Credentials>;
}

type Dispatching = ReturnType<KubeConfig['createDispatcherOptions']>;

/**
 * Applies the kubeconfig's authentication (exec plugins, token files, certificates, OIDC, basic) by
 * @kubernetes/client-node, which is imported only here because it costs some 400 ms, and builds the dispatcher
 * that data requests go through. Rejects with a sentence about the credentials.
 */
export async function openCredentials(connection: Connection): Promise<Credentials> {
  const { KubeConfig, RequestContext, HttpMethod } = await import('@kubernetes/client-node');
  let dispatching: Dispatching = { type: 'none' };
  class ObservedKubeConfig extends KubeConfig {
    override createDispatcherOptions(
      ...args: Parameters<KubeConfig['createDispatcherOptions']>
    ): Dispatching {
      dispatching = super.createDispatcherOptions(...args);
      return dispatching;
    }

    /** The WebSocket path (exec) applies only the impersonated user by itself. */
    override async applyToHTTPSOptions(
      options: Parameters<KubeConfig['applyToHTTPSOptions']>[0],
    ): Promise<void> {
      await super.applyToHTTPSOptions(options);
      options.headers = { ...trimmed(options.headers ?? {}), ...impersonationHeaders(connection) };
    }
  }
  const kubeConfig = new ObservedKubeConfig();

  const apply = async (previous?: {
    dispatcher: Dispatcher;
    dispatching: Dispatching;
  }): Promise<Credentials> => {
    const context = new RequestContext(connection.server, HttpMethod.GET);
    try {
      if (!previous) kubeConfig.loadFromString(JSON.stringify(document(connection)));
      await kubeConfig.applySecurityAuthentication(context);
    } catch (error) {
      throw explainCredentials(error, connection);
    }
    const used = dispatching;
    const unchanged = previous && isDeepStrictEqual(previous.dispatching, used);
    const dispatcher = unchanged
      ? previous.dispatcher
      : await dispatcherFor(connection, used, context.getDispatcher());
    if (dispatcher !== context.getDispatcher()) await context.getDispatcher()?.close();
    return {
      headers: { ...trimmed(context.getHeaders()), ...impersonationHeaders(connection) },
      dispatcher,
      kubeConfig,
      reapply: () => apply({ dispatcher, dispatching: used }),
    };
  };
  return apply();
}

/** Proxies keep the dispatcher that client-node builds; direct connections get one tuned for many calls at once. */
async function dispatcherFor(
  connection: Connection,
  dispatching: Dispatching,
  built: Dispatcher | undefined,
): Promise<Dispatcher> {
  if (built && dispatching.type !== 'agent') return built;
  const { Agent } = await import('undici');
  return new Agent({
    // HTTP/1.1, one connection a request in flight: a cancelled list must not disturb a watch beside it.
    allowH2: false,
    connections: 64,
    connect: { timeout: 10_000, ...(await systemAuthorities(connection)), ...connectOptions(dispatching) },
  });
}

function connectOptions(dispatching: Dispatching): object {
  return dispatching.type === 'agent' ? dispatching.connect : {};
}

/** Without a CA in the kubeconfig kubectl trusts the system's store, where companies keep their own CA. */
async function systemAuthorities(connection: Connection): Promise<{ ca?: string[] }> {
  const { cluster, server } = connection;
  const given = cluster['certificate-authority'] || cluster['certificate-authority-data'];
  if (given || cluster['insecure-skip-tls-verify'] === true || server.startsWith('http:')) return {};
  const tls = await import('node:tls');
  return { ca: [...tls.getCACertificates('default'), ...tls.getCACertificates('system')] };
}

/** Token files end with a newline, which no header may hold. */
function trimmed(headers: object): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value).trim()]));
}

function impersonationHeaders(connection: Connection): Record<string, string | string[]> {
  const { user, uid, groups, extra } = connection.impersonate;
  const headers: Record<string, string | string[]> = {};
  if (user) headers['Impersonate-User'] = user;
  if (uid) headers['Impersonate-Uid'] = uid;
  if (groups.length > 0) headers['Impersonate-Group'] = groups;
  for (const [key, values] of Object.entries(extra))
    headers[`Impersonate-Extra-${encodeURIComponent(key)}`] = values;
  return headers;
}

/** A kubeconfig with this one context, with what client-node does not know by itself translated. */
function document(connection: Connection): object {
  const { server, proxy } = connection;
  const cluster: Record<string, unknown> = { ...connection.cluster, server, 'proxy-url': proxy };
  // client-node refuses http:// servers otherwise; there is no TLS to verify.
  if (server.startsWith('http:')) cluster['insecure-skip-tls-verify'] = true;
  const { as: _impersonated, tokenFile, ...user } = connection.user;
  if (typeof tokenFile === 'string' && tokenFile && !user['token']) {
    user['auth-provider'] = { name: 'tokenFile', config: { tokenFile } };
  }
  if (user['exec']) user['exec'] = withExecInfo(user['exec'] as Record<string, unknown>, connection);
  return {
    // A context without a user would make client-node ignore the CA as well.
    users: [{ name: 'user', user }],
    clusters: [{ name: 'cluster', cluster }],
    contexts: [{ name: 'context', context: { cluster: 'cluster', user: 'user' } }],
    'current-context': 'context',
  };
}

/** KUBERNETES_EXEC_INFO, which exec plugins are promised (client.authentication.k8s.io). */
function withExecInfo(exec: Record<string, unknown>, connection: Connection): object {
  const { cluster, server } = connection;
  const spec: Record<string, unknown> = { interactive: false };
  if (exec['provideClusterInfo'] === true) {
    spec['cluster'] = {
      server,
      'certificate-authority-data': cluster['certificate-authority-data'],
      'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'],
      'tls-server-name': cluster['tls-server-name'],
    };
  }
  const info = { kind: 'ExecCredential', apiVersion: exec['apiVersion'], spec };
  const env = Array.isArray(exec['env']) ? exec['env'] : [];
  return { ...exec, env: [...env, { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }] };
}

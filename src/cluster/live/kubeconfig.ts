import { access, readFile } from 'node:fs/promises';
import { nearest } from '../../shared/nearest.ts';
import { ClusterUnreachableError } from '../errors.ts';
import {
  type Environment,
  kubeconfigPaths,
  type MergedKubeconfig,
  type NamedEntry,
  readKubeconfigs,
} from './kubeconfig-file.ts';
import { proxyFromEnvironment } from './proxy-env.ts';

export interface KubeconfigOptions {
  /** Path; otherwise KUBECONFIG, ~/.kube/config, and inside a pod its service account. */
  kubeconfig?: string;
  context?: string;
  namespace?: string;
  /** Impersonation, as kubectl's --as and --as-group. */
  as?: string;
  asGroups?: string[];
  env?: Environment;
}

/** One context with everything needed to connect, in the kubeconfig's own field names. */
export interface Connection {
  context: string;
  namespace: string;
  server: string;
  cluster: Record<string, unknown>;
  user: Record<string, unknown>;
  userName: string;
  /** Impersonation headers beside Impersonate-User. */
  impersonate: { user?: string; uid?: string; groups: string[]; extra: Record<string, string[]> };
  source: string;
  proxy?: string;
}

export interface ContextInfo {
  name: string;
  cluster: string;
  server: string;
  user: string;
  namespace: string;
  current: boolean;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The contexts of a kubeconfig, in file order; rejects where there is no kubeconfig at all. */
export async function listContexts(
  kubeconfig?: string,
  env: Environment = process.env,
): Promise<ContextInfo[]> {
  const merged = await load(kubeconfig, env);
  if (!merged) throw noKubeconfig(kubeconfigPaths(kubeconfig, env));
  return merged.contexts.map(({ name, body }) => {
    const cluster = text(body['cluster']);
    return {
      name,
      cluster,
      server: text(find(merged.clusters, cluster)?.body['server']),
      user: text(body['user']),
      namespace: text(body['namespace']) || 'default',
      current: name === merged.currentContext,
    };
  });
}

/** Picks the context and completes it; every way that can fail has its own sentence. */
export async function resolveConnection(options: KubeconfigOptions): Promise<Connection> {
  const env = options.env ?? process.env;
  const merged = (await load(options.kubeconfig, env)) ?? (await inCluster(env));
  if (!merged) throw noKubeconfig(kubeconfigPaths(options.kubeconfig, env));

  const name = options.context ?? merged.currentContext;
  const context = find(merged.contexts, name);
  if (!context) throw unknownContext(name, merged);
  const cluster = find(merged.clusters, text(context.body['cluster']));
  const server = text(cluster?.body['server']).replace(/\/+$/, '');
  if (!cluster || !server) throw unknownCluster(name, text(context.body['cluster']), merged);
  if (!URL.canParse(server) || !/^https?:/.test(server)) throw badServer(name, server, merged);

  const userName = text(context.body['user']);
  const user = find(merged.users, userName)?.body ?? {};
  const proxy = text(cluster.body['proxy-url']) || proxyFromEnvironment(server, env);
  return {
    context: name,
    namespace: options.namespace || text(context.body['namespace']) || 'default',
    server,
    cluster: cluster.body,
    user,
    userName,
    impersonate: impersonation(options, user),
    source: merged.source,
    proxy,
  };
}

function load(kubeconfig: string | undefined, env: Environment): Promise<MergedKubeconfig | undefined> {
  return readKubeconfigs(kubeconfigPaths(kubeconfig, env), { mustExist: kubeconfig !== undefined });
}

/** What a pod finds: KUBERNETES_SERVICE_HOST and its service account's token, CA and namespace. */
async function inCluster(env: Environment): Promise<MergedKubeconfig | undefined> {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const tokenFile = `${SERVICE_ACCOUNT}/token`;
  if (
    !host ||
    !(await access(tokenFile).then(
      () => true,
      () => false,
    ))
  )
    return undefined;
  const namespace = await readFile(`${SERVICE_ACCOUNT}/namespace`, 'utf8').catch(() => 'default');
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`;
  const name = 'in-cluster';
  return {
    clusters: [{ name, body: { server, 'certificate-authority': `${SERVICE_ACCOUNT}/ca.crt` } }],
    users: [{ name, body: { tokenFile } }],
    contexts: [{ name, body: { cluster: name, user: name, namespace: namespace.trim() } }],
    currentContext: name,
    source: 'the service account of this pod',
  };
}

function impersonation(options: KubeconfigOptions, user: Record<string, unknown>): Connection['impersonate'] {
  if (options.as) return { user: options.as, groups: options.asGroups ?? [], extra: {} };
  const groups = options.asGroups ?? (Array.isArray(user['as-groups']) ? user['as-groups'].map(String) : []);
  const extra: Record<string, string[]> = {};
  const given = user['as-user-extra'];
  if (typeof given === 'object' && given !== null) {
    for (const [key, values] of Object.entries(given))
      extra[key] = Array.isArray(values) ? values.map(String) : [];
  }
  return { user: text(user['as']) || undefined, uid: text(user['as-uid']) || undefined, groups, extra };
}

function find(entries: NamedEntry[], name: string): NamedEntry | undefined {
  return entries.find(entry => entry.name === name);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function noKubeconfig(paths: string[]): ClusterUnreachableError {
  return new ClusterUnreachableError(
    `There is no kubeconfig: ${paths.join(', ')} ${paths.length > 1 ? 'do not exist or are' : 'does not exist or is'} empty, and this is not a pod with a service account.`,
    {
      hint: 'Give one with --kubeconfig or KUBECONFIG, or look at a saved cluster with --snapshot.',
      facts: { paths },
    },
  );
}

function unknownContext(name: string, merged: MergedKubeconfig): ClusterUnreachableError {
  const names = merged.contexts.map(context => context.name);
  const shown = names.slice(0, 8).join(', ') + (names.length > 8 ? `, and ${names.length - 8} more` : '');
  const facts = { context: name, contexts: names };
  if (!name) {
    return new ClusterUnreachableError(`No context is chosen in ${merged.source}.`, {
      hint:
        names.length > 0
          ? `Choose one with --context: ${shown}.`
          : 'The file defines no contexts; fetch it again.',
      facts,
    });
  }
  const near = nearest(name, names);
  return new ClusterUnreachableError(`The context ${name} does not exist in ${merged.source}.`, {
    hint:
      near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : names.length > 0
          ? `It has: ${shown}.`
          : 'The file defines no contexts.',
    facts,
  });
}

function unknownCluster(context: string, cluster: string, merged: MergedKubeconfig): ClusterUnreachableError {
  return new ClusterUnreachableError(
    `The context ${context} names the cluster ${cluster || '""'}, for which ${merged.source} gives no server.`,
    {
      hint: 'Fetch the kubeconfig again, or choose another context with --context.',
      facts: { context, cluster },
    },
  );
}

function badServer(context: string, server: string, merged: MergedKubeconfig): ClusterUnreachableError {
  return new ClusterUnreachableError(
    `The server address ${server} of the context ${context} in ${merged.source} is not an http(s) URL.`,
    { hint: 'Correct it, for example https://10.0.0.1:6443.', facts: { context, server } },
  );
}

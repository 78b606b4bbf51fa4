import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { faultsOf } from './scale-faults.ts';
import { type GeneratedList, listsOf } from './scale-lists.ts';
import { podName, type Shape } from './scale-objects.ts';

export interface ScaleCluster {
  url: string;
  kubeconfig: string;
  close(): Promise<void>;
}

/**
 * A process of its own that answers like an API server of that size: discovery, lists with limit and continue,
 * logs. Each page is made when it is asked for, so that the server never holds the cluster.
 */
export async function serveScaleCluster(shape: Shape): Promise<ScaleCluster> {
  const child = fork(fileURLToPath(import.meta.url), ['serve', JSON.stringify(shape)]);
  const [port] = (await once(child, 'message')) as [number];
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    kubeconfig: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'scale',
      clusters: [{ name: 'scale', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'scale', user: {} }],
      contexts: [{ name: 'scale', context: { cluster: 'scale', user: 'scale' } }],
    }),
    close: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}

async function serve(shape: Shape): Promise<void> {
  const lists = listsOf(shape);
  const logs = new Map(
    faultsOf(shape).flatMap(({ app, log }) => (log ? [[app.namespace, { app, log }]] : [])),
  );
  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://x');
    const parts = url.pathname.split('/').filter(Boolean);
    const list = lists.get(parts.at(-1) ?? '');
    if (parts.at(-1) === 'log') {
      const known = logs.get(parts[3] ?? '');
      const mine =
        known && Array.from({ length: 15 }, (_, i) => podName(known.app, i)).includes(parts[5] ?? '');
      response.setHeader('content-type', 'text/plain');
      response.end(mine ? known.log : '');
      return;
    }
    response.setHeader('content-type', 'application/json');
    if (list && parts.length > 2) {
      const start = Number(url.searchParams.get('continue') ?? 0);
      response.end(page(list, start, Number(url.searchParams.get('limit') ?? 500)));
    } else response.end(JSON.stringify(discovery(parts, lists)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send!((server.address() as { port: number }).port);
}

function page({ kind, count, item }: GeneratedList, start: number, limit: number): string {
  const end = Math.min(count, start + limit);
  const items = Array.from({ length: Math.max(0, end - start) }, (_, i) => item(start + i)).join(',');
  const next = end < count ? `,"continue":"${end}"` : '';
  return `{"kind":"${kind}List","apiVersion":"v1","metadata":{"resourceVersion":"84213377"${next}},"items":[${items}]}`;
}

function discovery(parts: string[], lists: Map<string, GeneratedList>): unknown {
  if (parts[0] === 'api' && parts.length === 1) return { kind: 'APIVersions', versions: ['v1'] };
  if (parts[0] === 'apis' && parts.length === 1) {
    const groups = [...new Set([...lists.values()].map(list => list.group))].filter(Boolean);
    return {
      kind: 'APIGroupList',
      groups: groups.map(name => {
        const version = { groupVersion: `${name}/${versionOf(name)}`, version: versionOf(name) };
        return { name, versions: [version], preferredVersion: version };
      }),
    };
  }
  const group = parts[0] === 'api' ? '' : parts[1];
  const resources = [...lists].filter(([, list]) => list.group === group);
  return {
    kind: 'APIResourceList',
    groupVersion: group ? `${group}/${versionOf(group)}` : 'v1',
    resources: resources.map(([name, { kind, namespaced }]) => ({
      name,
      singularName: '',
      kind,
      namespaced,
      verbs: ['get', 'list'],
    })),
  };
}

function versionOf(group: string): string {
  return group === 'autoscaling' ? 'v2' : 'v1';
}

if (process.argv[2] === 'serve') await serve(JSON.parse(process.argv[3]!) as Shape);

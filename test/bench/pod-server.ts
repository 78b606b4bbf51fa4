import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

/** A process of its own that serves a paged list of pods of realistic size (5.6 KB each) over plain HTTP. */
export async function servePods(count: number) {
  const child = fork(fileURLToPath(import.meta.url), ['serve', String(count)]);
  const [port] = (await once(child, 'message')) as [number];
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    kubeconfig: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'bench',
      clusters: [{ name: 'bench', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'bench', user: {} }],
      contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    }),
    resize: async (pods: number) => {
      child.send(pods);
      await once(child, 'message');
    },
    close: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}

function pod(i: number): string {
  const padding = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [
      `example.com/annotation-${n}`,
      `value-${i}-${n}-${'x'.repeat(60)}`,
    ]),
  );
  return JSON.stringify({
    metadata: {
      name: `pod-${i}`,
      namespace: `ns-${i % 50}`,
      uid: `uid-${i}`,
      resourceVersion: String(i),
      labels: { app: `app-${i % 300}` },
      annotations: padding,
      managedFields: [
        { manager: 'kubelet', operation: 'Update', fieldsV1: { 'f:status': { 'f:conditions': {} } } },
      ],
    },
    spec: {
      nodeName: `node-${i % 200}`,
      containers: [
        {
          name: 'app',
          image: 'registry.example.com/app:1',
          resources: { requests: { cpu: '100m', memory: '128Mi' } },
        },
      ],
    },
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      containerStatuses: [
        {
          name: 'app',
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: '2026-11-20T00:00:00Z' } },
        },
      ],
    },
  });
}

async function serve(initial: number): Promise<void> {
  let total = initial;
  const pages = new Map<number, Buffer>();
  const page = (start: number, limit: number) => {
    const known = pages.get(start);
    if (known) return known;
    const end = Math.min(total, start + limit);
    const items = Array.from({ length: end - start }, (_, i) => pod(start + i)).join(',');
    const next = end < total ? `,"continue":"${end}"` : '';
    const body = Buffer.from(
      `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"${next}},"items":[${items}]}`,
    );
    if (total <= 5_000) pages.set(start, body);
    return body;
  };
  const resources = {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: 'v1',
    resources: [
      {
        name: 'pods',
        singularName: 'pod',
        namespaced: true,
        kind: 'Pod',
        verbs: ['get', 'list', 'watch'],
        shortNames: ['po'],
      },
      {
        name: 'namespaces',
        singularName: 'namespace',
        namespaced: false,
        kind: 'Namespace',
        verbs: ['get', 'list'],
      },
    ],
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://x');
    response.setHeader('content-type', 'application/json');
    if (url.pathname === '/api/v1/pods')
      response.end(
        page(Number(url.searchParams.get('continue') ?? 0), Number(url.searchParams.get('limit') ?? 500)),
      );
    else if (url.pathname === '/api') response.end(JSON.stringify({ kind: 'APIVersions', versions: ['v1'] }));
    else if (url.pathname === '/apis')
      response.end(JSON.stringify({ kind: 'APIGroupList', apiVersion: 'v1', groups: [] }));
    else if (url.pathname === '/api/v1') response.end(JSON.stringify(resources));
    else
      response
        .writeHead(404)
        .end(JSON.stringify({ kind: 'Status', status: 'Failure', code: 404, reason: 'NotFound' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.on('message', (pods: number) => {
    total = pods;
    pages.clear();
    process.send!('resized');
  });
  process.send!((server.address() as { port: number }).port);
}

if (process.argv[2] === 'serve') await serve(Number(process.argv[3]));

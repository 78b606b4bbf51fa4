import { readFile } from 'node:fs/promises';
import { Agent, fetch } from 'undici';

interface AdminKubeconfig {
  clusters: Array<{ cluster: { server: string; 'certificate-authority-data': string } }>;
  users: Array<{ user: { 'client-certificate-data': string; 'client-key-data': string } }>;
}

/** Creates objects by plain POSTs, `parallel` at a time: thousands take kubectl minutes. */
export async function createMany(
  kubeconfig: string,
  path: string,
  objects: object[],
  parallel = 32,
): Promise<void> {
  const config = JSON.parse(await readFile(kubeconfig, 'utf8')) as AdminKubeconfig;
  const cluster = config.clusters[0]!.cluster;
  const user = config.users[0]!.user;
  const dispatcher = new Agent({
    connections: parallel,
    connect: {
      ca: Buffer.from(cluster['certificate-authority-data'], 'base64'),
      cert: Buffer.from(user['client-certificate-data'], 'base64'),
      key: Buffer.from(user['client-key-data'], 'base64'),
    },
  });
  const queue = objects.values();
  const worker = async () => {
    for (const object of queue) {
      const response = await fetch(`${cluster.server}${path}`, {
        method: 'POST',
        body: JSON.stringify(object),
        headers: { 'content-type': 'application/json' },
        dispatcher,
      });
      const answer = await response.text();
      if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${answer.slice(0, 300)}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: parallel }, worker));
  } finally {
    await dispatcher.close();
  }
}

/** Pods that kwok pretends to run on its first node, spread over ten apps, with the bulk of real ones. */
export function simulatedPods(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `app-${index % 10}-${index.toString().padStart(5, '0')}`,
      labels: { app: `app-${index % 10}`, index: `${index}` },
      annotations: { 'example.com/notes': 'x'.repeat(400) },
    },
    spec: {
      nodeName: 'kwok-0',
      containers: [
        {
          name: 'app',
          image: 'registry.example.com/shop/app:1.0',
          env: Array.from({ length: 10 }, (_, variable) => ({
            name: `SETTING_${variable}`,
            value: `value-${index}`,
          })),
        },
      ],
    },
  }));
}

/** Creates ConfigMaps `setting-000`, `setting-001`, … with the label `part=settings`. */
export function createSettings(kubeconfig: string, namespace: string, count: number): Promise<void> {
  const settings = Array.from({ length: count }, (_, i) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `setting-${String(i).padStart(3, '0')}`, labels: { part: 'settings' } },
    data: { value: `number ${i} of them, `.repeat(6) },
  }));
  return createMany(kubeconfig, `/api/v1/namespaces/${namespace}/configmaps`, settings);
}

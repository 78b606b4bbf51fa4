import { readFile } from 'node:fs/promises';
import { type Cell, NODE_ADDRESS } from '../cell/cell.ts';
import { waitFor } from '../wait.ts';
import { apply, type Kubectl, succeed } from './kubectl.ts';
import type { Pki } from './pki.ts';
import { freePorts } from './ports.ts';

/** Starts the metrics server in the cell, registers its API, and waits until that is available. */
export async function startMetricsServer(
  cell: Cell,
  program: string,
  pki: Pki,
  admin: string,
  kubectl: Kubectl,
): Promise<void> {
  const [port = 0] = await freePorts(1);
  cell.start('metrics-server', program, [
    `--kubeconfig=${admin}`,
    `--authentication-kubeconfig=${admin}`,
    `--authorization-kubeconfig=${admin}`,
    `--bind-address=${NODE_ADDRESS}`,
    `--secure-port=${port}`,
    `--tls-cert-file=${pki.server.certificate}`,
    `--tls-private-key-file=${pki.server.key}`,
    `--kubelet-certificate-authority=${pki.authority}`,
    '--kubelet-preferred-address-types=InternalIP',
    '--node-selector=kubernetes.io/hostname=node-1',
    '--metric-resolution=10s',
    '--kubelet-request-timeout=5s',
  ]);
  await apply(kubectl, registration(port, (await readFile(pki.authority)).toString('base64')));
  await waitFor(
    'the metrics API',
    () =>
      succeed(kubectl, [
        'wait',
        '--for=condition=Available',
        'apiservice/v1beta1.metrics.k8s.io',
        '--timeout=5s',
      ]),
    { timeoutMs: 90_000, check: () => cell.assertRunning() },
  );
}

function registration(port: number, caBundle: string): object[] {
  const metadata = { name: 'metrics-server', namespace: 'kube-system' };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { ports: [{ name: 'https', port: 443, targetPort: port }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'metrics-server' } },
      addressType: 'IPv4',
      ports: [{ name: 'https', port, protocol: 'TCP' }],
      endpoints: [{ addresses: [NODE_ADDRESS], conditions: { ready: true } }],
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.metrics.k8s.io' },
      spec: {
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        service: { name: 'metrics-server', namespace: 'kube-system' },
        caBundle,
        groupPriorityMinimum: 100,
        versionPriority: 100,
      },
    },
  ];
}

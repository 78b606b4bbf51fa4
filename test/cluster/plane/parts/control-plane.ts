import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import type { GoPrograms } from '../cache/go-programs.ts';
import type { Ground } from '../cell/ground.ts';
import { waitFor } from '../wait.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { Pki } from './pki.ts';
import { freePorts } from './ports.ts';

const READY_TIMEOUT_MS = 120_000;
export const ISSUER = 'https://kubernetes.default.svc';

export interface ControlPlane {
  url: string;
  /** kubeconfig of a cluster administrator. */
  admin: string;
}

/** Starts etcd, the API server, the controller manager and the scheduler, and waits until they serve. */
export async function startControlPlane(
  ground: Ground,
  go: GoPrograms,
  pki: Pki,
  tokenFile: string,
): Promise<ControlPlane> {
  const [client = 0, peer = 0, api = 0, controller = 0, scheduler = 0] = await freePorts(5);
  const url = `https://127.0.0.1:${api}`;
  const binary = (name: string) => join(go.directory, name);
  const kubeconfig = (name: string, keyPair = pki.admin) =>
    writeKubeconfig(join(ground.directory, `${name}.kubeconfig`), {
      url,
      authority: pki.authority,
      user: name,
      credentials: { keyPair },
    });

  ground.start('etcd', binary('etcd'), etcdArgs(join(ground.stateDirectory, 'etcd'), client, peer));
  ground.start(
    'kube-apiserver',
    binary('kube-apiserver'),
    apiServerArgs(ground, pki, tokenFile, api, client),
  );
  await ground.expose(api);
  await waitReady(url, pki, ground);

  const [admin, controllerConfig, schedulerConfig] = await Promise.all([
    kubeconfig('admin'),
    kubeconfig('controller-manager', pki.controllerManager),
    kubeconfig('scheduler', pki.scheduler),
  ]);
  ground.start('kube-controller-manager', binary('kube-controller-manager'), [
    `--kubeconfig=${controllerConfig}`,
    ...servingArgs(pki, controller),
    '--leader-elect=false',
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${pki.serviceAccounts.privateKey}`,
    `--root-ca-file=${pki.authority}`,
    '--kube-api-qps=300',
    '--kube-api-burst=600',
  ]);
  ground.start('kube-scheduler', binary('kube-scheduler'), [
    `--kubeconfig=${schedulerConfig}`,
    ...servingArgs(pki, scheduler),
    '--leader-elect=false',
    '--kube-api-qps=300',
    '--kube-api-burst=600',
  ]);
  return { url, admin };
}

function etcdArgs(directory: string, client: number, peer: number): string[] {
  const peerUrl = `http://127.0.0.1:${peer}`;
  return [
    '--name=plane',
    `--data-dir=${directory}`,
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--advertise-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=plane=${peerUrl}`,
    '--log-level=warn',
    // Nothing here outlives a crash, so nothing need wait for the disk.
    '--unsafe-no-fsync',
  ];
}

function apiServerArgs(ground: Ground, pki: Pki, tokenFile: string, port: number, etcd: number): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    ...servingArgs(pki, port),
    '--advertise-address=127.0.0.1',
    // The advertised address is a loopback one, which Endpoints may not contain.
    '--endpoint-reconciler-type=none',
    `--client-ca-file=${pki.authority}`,
    `--token-auth-file=${tokenFile}`,
    `--service-account-issuer=${ISSUER}`,
    `--service-account-key-file=${pki.serviceAccounts.publicKey}`,
    `--service-account-signing-key-file=${pki.serviceAccounts.privateKey}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    `--kubelet-client-certificate=${pki.admin.certificate}`,
    `--kubelet-client-key=${pki.admin.key}`,
    '--kubelet-preferred-address-types=InternalIP',
    // Aggregated APIs, by their endpoints since nothing routes service addresses here.
    '--enable-aggregator-routing=true',
    `--requestheader-client-ca-file=${pki.authority}`,
    '--requestheader-allowed-names=front-proxy',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${pki.frontProxy.certificate}`,
    `--proxy-client-key-file=${pki.frontProxy.key}`,
    '--allow-privileged=true',
    `--cert-dir=${join(ground.directory, 'generated')}`,
  ];
}

function servingArgs(pki: Pki, port: number): string[] {
  return [
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--tls-cert-file=${pki.server.certificate}`,
    `--tls-private-key-file=${pki.server.key}`,
  ];
}

/** Polls /readyz as the administrator until every check of the API server has passed. */
async function waitReady(url: string, pki: Pki, ground: Ground): Promise<void> {
  const [ca, cert, key] = await Promise.all(
    [pki.authority, pki.admin.certificate, pki.admin.key].map(file => readFile(file)),
  );
  const agent = new Agent({ ca, cert, key });
  const probe = () =>
    new Promise<true>((resolve, reject) => {
      const attempt = request(`${url}/readyz`, { agent, timeout: 5_000 }, response => {
        response.resume();
        if (response.statusCode === 200) resolve(true);
        else reject(new Error(`/readyz answers ${response.statusCode}`));
      });
      attempt.on('error', reject);
      attempt.end();
    });
  await waitFor('the API server', probe, {
    timeoutMs: READY_TIMEOUT_MS,
    check: () => ground.assertRunning(),
  });
  agent.destroy();
}

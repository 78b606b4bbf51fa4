import { readFile, writeFile } from 'node:fs/promises';
import type { KeyPair } from './certificates.ts';

export type Credentials =
  | { keyPair: KeyPair }
  | { token: string }
  | { exec: { command: string; args: string[] } };

export interface KubeconfigSpec {
  url: string;
  /** File with the certificate authority that the server's certificate is checked against. */
  authority: string;
  user: string;
  credentials: Credentials;
  namespace?: string;
}

/** Writes a kubeconfig with one context, `plane`. JSON is YAML enough for every client. */
export async function writeKubeconfig(file: string, spec: KubeconfigSpec): Promise<string> {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'plane',
    clusters: [
      {
        name: 'plane',
        cluster: { server: spec.url, 'certificate-authority-data': await base64(spec.authority) },
      },
    ],
    users: [{ name: spec.user, user: await userEntry(spec.credentials) }],
    contexts: [{ name: 'plane', context: { cluster: 'plane', user: spec.user, namespace: spec.namespace } }],
  };
  await writeFile(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  return file;
}

async function userEntry(credentials: Credentials): Promise<Record<string, unknown>> {
  if ('token' in credentials) return { token: credentials.token };
  if ('exec' in credentials) {
    return {
      exec: { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', ...credentials.exec },
    };
  }
  return {
    'client-certificate-data': await base64(credentials.keyPair.certificate),
    'client-key-data': await base64(credentials.keyPair.key),
  };
}

async function base64(file: string): Promise<string> {
  return (await readFile(file)).toString('base64');
}

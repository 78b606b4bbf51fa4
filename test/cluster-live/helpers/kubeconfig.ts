import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KubeconfigParts {
  server: string;
  ca?: string;
  cluster?: object;
  user?: object;
  namespace?: string;
  context?: string;
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'kv-live-'));
}

/** Writes a kubeconfig with one context and returns its path. */
export function writeKubeconfig(parts: KubeconfigParts, directory = temporaryDirectory()): string {
  const path = join(directory, 'config');
  writeFileSync(path, JSON.stringify(kubeconfig(parts)));
  return path;
}

export function kubeconfig({
  server,
  ca,
  cluster,
  user,
  namespace,
  context = 'test',
}: KubeconfigParts): object {
  const authority = ca ? { 'certificate-authority-data': Buffer.from(ca).toString('base64') } : {};
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [{ name: `${context}-cluster`, cluster: { server, ...authority, ...cluster } }],
    users: [{ name: `${context}-user`, user: user ?? { token: 'secret-token' } }],
    contexts: [
      { name: context, context: { cluster: `${context}-cluster`, user: `${context}-user`, namespace } },
    ],
  };
}

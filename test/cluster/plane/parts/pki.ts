import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NODE_ADDRESS } from '../cell/cell.ts';
import { CertificateAuthority, createSigningKey, type KeyPair, opensslTime } from './certificates.ts';

/** Every key and certificate of the plane. */
export interface Pki {
  authority: string;
  /** Another authority, which signed nothing here: what a client with the wrong CA trusts. */
  strangeAuthority: string;
  server: KeyPair;
  admin: KeyPair;
  /** A client certificate that was valid until an hour ago. */
  expired: KeyPair;
  controllerManager: KeyPair;
  scheduler: KeyPair;
  node: KeyPair;
  /** What the API server shows to the servers that it passes requests on to. */
  frontProxy: KeyPair;
  serviceAccounts: { privateKey: string; publicKey: string };
}

export async function createPki(directory: string): Promise<Pki> {
  await mkdir(directory, { mode: 0o700 });
  const [authority, stranger, serviceAccounts] = await Promise.all([
    CertificateAuthority.create(join(directory, 'plane'), 'kv-test-plane'),
    CertificateAuthority.create(join(directory, 'stranger'), 'kv-test-stranger'),
    createSigningKey(directory),
  ]);
  // One after another: an openssl authority keeps its list of certificates in a plain file.
  const addresses = `IP:127.0.0.1,IP:10.96.0.1,IP:${NODE_ADDRESS},DNS:localhost,DNS:kubernetes.default.svc,DNS:metrics-server.kube-system.svc,DNS:node-1`;
  const server = await authority.issue('server', { commonName: 'kv-test-plane', altNames: addresses });
  const client = (commonName: string, organization?: string) =>
    authority.issue(commonName.replaceAll(':', '-'), { commonName, organization });
  return {
    authority: authority.certificate,
    strangeAuthority: stranger.certificate,
    server,
    admin: await client('admin', 'system:masters'),
    expired: await authority.issue('expired', {
      commonName: 'olivia',
      organization: 'system:masters',
      notBefore: opensslTime(-48),
      notAfter: opensslTime(-1),
    }),
    controllerManager: await client('system:kube-controller-manager'),
    scheduler: await client('system:kube-scheduler'),
    node: await client('system:node:node-1', 'system:nodes'),
    frontProxy: await client('front-proxy'),
    serviceAccounts,
  };
}

/** Static bearer tokens in the API server's CSV form: token,user,uid,groups. */
export async function writeTokens(file: string, tokens: Record<string, string>): Promise<string> {
  const lines = Object.entries(tokens).map(([user, token]) => `${token},${user},${user}`);
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}

import { createSign, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ISSUER } from './control-plane.ts';
import { type KubeconfigSpec, writeKubeconfig } from './kubeconfig.ts';
import { type Pki, writeTokens } from './pki.ts';

/** The namespace that the user `reader` may read, and nothing else. */
export const READER_NAMESPACE = 'shop';

/** kubeconfig file of each user. */
export interface Users {
  /** Everything. */
  admin: string;
  /** get, list and watch in READER_NAMESPACE, by RBAC; bearer token. */
  reader: string;
  /** The same user as `reader`, whose token comes from an exec plugin. */
  readerByPlugin: string;
  /** A service account's token that expired an hour ago. */
  expiredToken: string;
  /** A client certificate that expired an hour ago. */
  expiredCertificate: string;
  /** Trusts a certificate authority that did not sign the server's certificate. */
  strangeAuthority: string;
}

export interface Tokens {
  file: string;
  reader: string;
}

export async function createTokens(directory: string): Promise<Tokens> {
  const reader = randomBytes(24).toString('hex');
  return { reader, file: await writeTokens(join(directory, 'tokens.csv'), { reader }) };
}

export async function writeUsers(
  directory: string,
  url: string,
  admin: string,
  pki: Pki,
  tokens: Tokens,
): Promise<Users> {
  const write = (
    user: string,
    credentials: KubeconfigSpec['credentials'],
    options: Partial<KubeconfigSpec> = {},
  ) =>
    writeKubeconfig(join(directory, `${user}.kubeconfig`), {
      url,
      authority: pki.authority,
      user: user.split('-')[0] ?? user,
      credentials,
      ...options,
    });
  const namespace = READER_NAMESPACE;
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: tokens.reader },
  };
  return {
    admin,
    reader: await write('reader', { token: tokens.reader }, { namespace }),
    readerByPlugin: await write(
      'reader-by-plugin',
      { exec: { command: 'printf', args: ['%s', JSON.stringify(credential)] } },
      { namespace },
    ),
    expiredToken: await write('deployer', { token: await expiredToken(pki.serviceAccounts.privateKey) }),
    expiredCertificate: await write('olivia', { keyPair: pki.expired }),
    strangeAuthority: await write('stranger', { keyPair: pki.admin }, { authority: pki.strangeAuthority }),
  };
}

/** A service-account token as the API server would have issued it two hours ago for one hour (RFC 7519, RS256). */
async function expiredToken(privateKey: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const subject = {
    namespace: READER_NAMESPACE,
    serviceaccount: { name: 'deployer', uid: crypto.randomUUID() },
  };
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({
    iss: ISSUER,
    aud: [ISSUER],
    sub: `system:serviceaccount:${READER_NAMESPACE}:deployer`,
    iat: now - 7200,
    nbf: now - 7200,
    exp: now - 3600,
    'kubernetes.io': subject,
  })}`;
  const signature = createSign('RSA-SHA256')
    .update(signed)
    .sign(await readFile(privateKey), 'base64url');
  return `${signed}.${signature}`;
}

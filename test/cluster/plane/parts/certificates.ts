import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runOrFail } from '../run.ts';

export interface KeyPair {
  certificate: string;
  key: string;
}

/** Who a certificate is for. `notAfter` in the past makes one that has expired. */
export interface Subject {
  commonName: string;
  organization?: string;
  /** `IP:127.0.0.1,DNS:localhost`; makes it a server's certificate as well. */
  altNames?: string;
  /** Validity in openssl's form YYYYMMDDHHMMSSZ; default one day around now. */
  notBefore?: string;
  notAfter?: string;
}

/** A certificate authority in a directory of its own, with openssl doing the work. Keys never leave `directory`. */
export class CertificateAuthority {
  readonly certificate: string;
  readonly key: string;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.certificate = join(directory, 'ca.crt');
    this.key = join(directory, 'ca.key');
  }

  static async create(directory: string, name: string): Promise<CertificateAuthority> {
    const authority = new CertificateAuthority(directory);
    await mkdir(join(directory, 'issued'), { recursive: true, mode: 0o700 });
    await writeFile(join(directory, 'index.txt'), '');
    await writeFile(join(directory, 'ca.conf'), configuration(directory));
    await openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      authority.key,
      '-out',
      authority.certificate,
    );
    return authority;
  }

  async issue(name: string, subject: Subject): Promise<KeyPair> {
    const file = (extension: string) => join(this.#directory, `${name}.${extension}`);
    const organization = subject.organization ? `/O=${subject.organization}` : '';
    await openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      `${organization}/CN=${subject.commonName}`,
      '-keyout',
      file('key'),
      '-out',
      file('csr'),
    );
    const usage = subject.altNames ? 'serverAuth,clientAuth' : 'clientAuth';
    const names = subject.altNames ? `subjectAltName=${subject.altNames}\n` : '';
    await writeFile(
      file('ext'),
      `keyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=${usage}\n${names}`,
    );
    await openssl(
      'ca',
      '-batch',
      '-notext',
      '-config',
      join(this.#directory, 'ca.conf'),
      '-extfile',
      file('ext'),
      '-startdate',
      subject.notBefore ?? opensslTime(-24),
      '-enddate',
      subject.notAfter ?? opensslTime(24),
      '-in',
      file('csr'),
      '-out',
      file('crt'),
    );
    return { certificate: file('crt'), key: file('key') };
  }
}

/** A moment `hours` from now, as openssl wants it. */
export function opensslTime(hours: number): string {
  const time = new Date(Date.now() + hours * 3_600_000).toISOString();
  return `${time.replace(/[-:T]/g, '').slice(0, 14)}Z`;
}

/** The key pair that signs service-account tokens. */
export async function createSigningKey(
  directory: string,
): Promise<{ privateKey: string; publicKey: string }> {
  const privateKey = join(directory, 'service-account.key');
  const publicKey = join(directory, 'service-account.pub');
  await openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', privateKey);
  await openssl('pkey', '-in', privateKey, '-pubout', '-out', publicKey);
  return { privateKey, publicKey };
}

function openssl(...args: string[]) {
  return runOrFail('openssl', args);
}

function configuration(directory: string): string {
  return `[ca]
default_ca = plane
[plane]
dir = ${directory}
database = ${directory}/index.txt
new_certs_dir = ${directory}/issued
certificate = ${directory}/ca.crt
private_key = ${directory}/ca.key
rand_serial = yes
unique_subject = no
default_md = sha256
policy = anything
[anything]
organizationName = optional
commonName = supplied
`;
}

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Issued {
  cert: string;
  key: string;
}

export interface Authority {
  ca: string;
  issue(options: { names: string[]; days?: number; clientName?: string }): Issued;
}

/** A certificate authority made by openssl; negative `days` issues what has already expired. */
export function createAuthority(): Authority {
  const directory = mkdtempSync(join(tmpdir(), 'kv-ca-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const read = (name: string) => readFileSync(join(directory, name), 'utf8');
  const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...ecKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-days',
    '2',
    '-subj',
    '/CN=kv test ca',
  );
  let serial = 0;
  return {
    ca: read('ca.crt'),
    issue: ({ names, days = 1, clientName }) => {
      serial += 1;
      const name = `leaf${serial}`;
      const alternatives = names.map(part => `${/^[\d.]+$/.test(part) ? 'IP' : 'DNS'}:${part}`).join(',');
      writeFileSync(join(directory, `${name}.ext`), alternatives ? `subjectAltName=${alternatives}\n` : '');
      const subject = `/CN=${clientName ?? names[0] ?? name}`;
      openssl('req', ...ecKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
      sign(name, days);
      return { cert: read(`${name}.crt`), key: read(`${name}.key`) };
    },
  };

  function sign(name: string, days: number): void {
    const signer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-set_serial', String(serial)];
    const files = ['-extfile', `${name}.ext`, '-out', `${name}.crt`];
    if (days > 0) {
      openssl('x509', '-req', '-in', `${name}.csr`, ...signer, '-days', String(days), ...files);
      return;
    }
    // `openssl ca` is the subcommand that every version lets set the dates.
    writeFileSync(join(directory, 'index.txt'), '');
    writeFileSync(join(directory, 'serial'), '0F\n');
    writeFileSync(
      join(directory, 'ca.cnf'),
      '[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=.\ndatabase=index.txt\nserial=serial\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n',
    );
    const dates = ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z'];
    const authority = ['-config', 'ca.cnf', '-cert', 'ca.crt', '-keyfile', 'ca.key'];
    openssl('ca', '-batch', '-notext', ...authority, '-in', `${name}.csr`, ...dates, ...files);
  }
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Programs of the machine that the plane uses, and the Debian packages that have them. */
const ALWAYS = {
  setpriv: 'util-linux',
  openssl: 'openssl',
  tar: 'tar',
  npm: 'npm',
  dpkg: 'dpkg',
  'apt-get': 'apt',
};
const FOR_A_NODE = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  ip: 'iproute2',
  bash: 'bash',
  hostname: 'hostname',
};

/** Throws at once, before anything is built, where a plane cannot run. */
export function assertPossible(kubelet: boolean): void {
  if (process.platform !== 'linux') throw new Error('The test control plane runs on Linux only.');
  if (kubelet && process.getuid?.() !== 0) {
    throw new Error(
      'A kubelet needs root, for namespaces and cgroups: run as root, or set KV_TEST_KUBELET=0.',
    );
  }
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`.split(':');
  const needed = Object.entries({ ...ALWAYS, ...(kubelet ? FOR_A_NODE : {}) });
  const missing = needed.filter(([name]) => !path.some(directory => existsSync(join(directory, name))));
  if (missing.length === 0) return;
  const names = missing.map(([name]) => name).join(', ');
  const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
  throw new Error(`The test control plane needs ${names}: apt-get install ${packages}`);
}

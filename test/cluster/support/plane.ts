import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, inject } from 'vitest';
import type { PlaneFacts } from '../global-setup.ts';
import { type Kubectl, kubectlFor, succeed } from '../plane/parts/kubectl.ts';
import type { Users } from '../plane/parts/users.ts';

/** The plane that global setup brought up. */
export function plane(): PlaneFacts {
  return inject('plane');
}

/** Where kubectl keeps what discovery told it. */
const home = mkdtempSync(join(tmpdir(), 'kv-kubectl-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));

/** kubectl as one of the plane's users. */
export function kubectl(user: keyof Users = 'admin'): Kubectl {
  const { binaries, users } = plane();
  return kubectlFor(binaries.kubectl, users[user], home);
}

const namespaces: string[] = [];

/** The one kubelet slows down with every pod that is left: a suite takes its own with it, without waiting for them. */
afterAll(async () => {
  const away = ['--wait=false', '--ignore-not-found'];
  await Promise.allSettled(
    namespaces.map(async name => {
      const pods = ['delete', 'pods', '--all', '-n', name, '--force', '--grace-period=0'];
      await kubectl()(['delete', 'namespace', name, ...away]);
      await kubectl()([...pods, ...away]);
    }),
  );
});

/** Makes a namespace with a name of its own, so that suites can run side by side; it goes when the suite ends. */
export async function newNamespace(prefix: string): Promise<string> {
  const name = `${prefix}-${Math.random().toString(36).slice(2, 8)}`;
  namespaces.push(name);
  await succeed(kubectl(), ['create', 'namespace', name]);
  return name;
}

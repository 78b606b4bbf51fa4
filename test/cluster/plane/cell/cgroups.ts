import { mkdir, readdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../wait.ts';

/** Makes `/name` in every mounted cgroup hierarchy (one with cgroups v2, one a controller with v1). */
export async function createCgroups(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) await mkdir(join(hierarchy, name), { recursive: true });
}

/** Removes `/name` and everything below it. Its processes must have been killed; the kernel may still be at it. */
export async function removeCgroups(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    await waitFor(`${join(hierarchy, name)} to be removed`, () => removeTree(join(hierarchy, name)), {
      timeoutMs: 20_000,
    });
  }
}

async function removeTree(directory: string): Promise<true> {
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(missingIsEmpty)) {
    if (entry.isDirectory()) await removeTree(join(directory, entry.name));
  }
  await rmdir(directory).catch(missingIsEmpty);
  return true;
}

function missingIsEmpty(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

async function hierarchies(): Promise<string[]> {
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  return mounts
    .split('\n')
    .map(line => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, path]) => path ?? '');
}

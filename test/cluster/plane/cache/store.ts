import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where built and unpacked programs are kept; `KV_TEST_CACHE` overrides it. */
export function cacheRoot(): string {
  return process.env['KV_TEST_CACHE'] ?? join(homedir(), '.cache', 'kv', 'test-plane');
}

/** A short digest of everything that decides what a cache entry contains. */
export function cacheKey(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/**
 * The directory `<root>/<name>`, filled by `fill` if it is not there yet. It is filled under another name and
 * renamed when complete, so that a reader never sees half of it; of two that fill at once, the first one wins.
 */
export async function cached(name: string, fill: (directory: string) => Promise<void>): Promise<string> {
  const root = cacheRoot();
  const target = join(root, name);
  if (existsSync(target)) return target;
  await mkdir(root, { recursive: true });
  await removeAbandoned(root);
  const partial = await mkdtemp(join(root, `.partial-${process.pid}-`));
  try {
    await fill(partial);
    await rename(partial, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return target;
}

/** Removes what processes that no longer exist left half done. */
async function removeAbandoned(root: string): Promise<void> {
  for (const entry of await readdir(root)) {
    const pid = /^\.partial-(\d+)-/.exec(entry)?.[1];
    if (pid && !existsSync(`/proc/${pid}`)) await rm(join(root, entry), { recursive: true, force: true });
  }
}

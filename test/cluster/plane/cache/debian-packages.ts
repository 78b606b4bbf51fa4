import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../progress.ts';
import { run, runOrFail } from '../run.ts';
import { cached, cacheKey } from './store.ts';

/**
 * A directory with the contents of Debian packages: unpacked into the cache instead of installed, so that nothing
 * on the machine changes and no maintainer script starts a service.
 */
export async function debianPackages(packages: string[], progress: Progress): Promise<string> {
  const { stdout: architecture } = await runOrFail('dpkg', ['--print-architecture']);
  return cached(`debian-${packages[0]}-${cacheKey(architecture, ...packages)}`, async partial => {
    progress(`unpacking ${packages.join(', ')} from Debian`);
    await download(packages, partial);
    for (const file of await readdir(partial)) {
      if (!file.endsWith('.deb')) continue;
      await runOrFail('dpkg', ['-x', join(partial, file), partial]);
      await rm(join(partial, file));
    }
  });
}

/** `apt-get download`, after refreshing the package lists where they are missing or out of date. */
async function download(packages: string[], directory: string): Promise<void> {
  // Root's apt would drop to the user _apt, which cannot write here.
  const args = ['-o', 'APT::Sandbox::User=root', 'download', ...packages];
  const first = await run('apt-get', args, { cwd: directory });
  if (first.code === 0) return;
  await runOrFail('apt-get', ['update'], { timeoutMs: 300_000 });
  await runOrFail('apt-get', args, { cwd: directory, timeoutMs: 300_000 });
}

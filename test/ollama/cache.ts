import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Where what a version needs is kept between runs. */
export function cachePath(name: string): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kv', 'test-ollama', name);
}

/** The path of a cached file or folder, made by `make` in a fresh folder if it is not there yet. */
export async function cached(name: string, make: (folder: string) => Promise<string>): Promise<string> {
  const path = cachePath(name);
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (there) return path;
  await mkdir(dirname(path), { recursive: true });
  const folder = await mkdtemp(`${path}.making-`);
  try {
    await rename(await make(folder), path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return path;
}

/** Runs a program at low priority and returns what it printed; its failure carries the end of its stderr. */
export async function run(cwd: string, program: string, ...args: string[]): Promise<string> {
  const { stdout } = await execute('nice', ['-n', '15', program, ...args], {
    cwd,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

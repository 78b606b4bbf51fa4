import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../progress.ts';
import { runOrFail } from '../run.ts';
import { cached, cacheKey } from './store.ts';

const MODULES = new URL('../go/', import.meta.url).pathname;
const BUILD_TIMEOUT_MS = 40 * 60_000;

export interface GoBuild {
  /** Folder of the module, whose tools are built. */
  module: string;
  /** What is built, for people. */
  what: string;
  linkerFlags?: string[];
  /** Called with the folder that the programs were built into. */
  finish?: (directory: string) => Promise<void>;
}

/** Builds the programs that a module's go.mod names as tools, once for each go.mod and Go release. */
export async function goBuild(build: GoBuild, progress: Progress): Promise<string> {
  const cwd = join(MODULES, build.module);
  const go = findGo();
  const [mod, sum, release] = await Promise.all([
    readFile(join(cwd, 'go.mod'), 'utf8'),
    readFile(join(cwd, 'go.sum'), 'utf8'),
    runOrFail(go, ['env', 'GOVERSION', 'GOARCH'], { cwd }),
  ]);
  const flags = ['-s', '-w', ...(build.linkerFlags ?? [])].join(' ');
  return cached(`${build.module}-${cacheKey(mod, sum, release.stdout, flags)}`, async directory => {
    progress(`building ${build.what} (once; minutes)`);
    const args = ['build', '-p', '2', '-trimpath', '-ldflags', flags, '-o', `${directory}/`, 'tool'];
    await runOrFail('nice', ['-n', '10', go, ...args], {
      cwd,
      env: { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', GOWORK: 'off' },
      timeoutMs: BUILD_TIMEOUT_MS,
    });
    await build.finish?.(directory);
    progress(`built ${build.what}`);
  });
}

/** The folder with the source of a module that another one requires. */
export async function moduleSource(module: string, required: string): Promise<string> {
  const cwd = join(MODULES, module);
  return (await runOrFail(findGo(), ['list', '-m', '-f', '{{.Dir}}', required], { cwd })).stdout.trim();
}

/** The version of another module that a module requires, such as `v1.36.3`. */
export async function requiredVersion(module: string, required: string): Promise<string> {
  const mod = await readFile(join(MODULES, module, 'go.mod'), 'utf8');
  const line = mod.split('\n').find(text => text.trim().startsWith(`${required} v`));
  const version = line?.trim().split(' ')[1];
  if (!version) throw new Error(`${MODULES}${module}/go.mod requires no version of ${required}.`);
  return version;
}

function findGo(): string {
  const places = [...(process.env['PATH'] ?? '').split(':'), '/usr/local/go/bin'];
  const found = places.map(place => join(place, 'go')).find(path => existsSync(path));
  if (!found)
    throw new Error('No Go toolchain found in PATH or /usr/local/go/bin: install Go 1.26 or later.');
  return found;
}

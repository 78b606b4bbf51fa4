import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { basename } from 'node:path';

const TIMEOUT_MS = 5_000;
/** The helper takes 16, and the program is one of them. */
const MOST = 15;

/**
 * CUDA's libraries that the machine's loader knows, and those that `program` is linked with: probes are placed on them
 * before anything has loaded them, so that first calls are not missed. Others the helper finds once they are loaded.
 */
export async function knownLibraries(program: string | undefined, nccl: boolean): Promise<string[]> {
  const said = await Promise.all([
    linesOf('ldconfig', ['-p']),
    program === undefined ? [] : linesOf('ldd', [program]),
  ]);
  const wanted = nccl ? /^lib(cudart|cuda|nccl)\.so/ : /^lib(cudart|cuda)\.so/;
  const paths = said
    .flat()
    .map(line => /=> (\/.+?)(?: \(0x[0-9a-f]+\))?$/.exec(line.trim())?.[1])
    .filter(path => path !== undefined)
    .filter(path => wanted.test(basename(path)));
  const real = await Promise.all(paths.map(path => realpath(path).catch(() => undefined)));
  return [...new Set(real.filter(path => path !== undefined))].slice(0, MOST);
}

/** None where the tool is missing or knows nothing. */
function linesOf(command: string, args: readonly string[]): Promise<string[]> {
  return new Promise(resolve => {
    execFile(command, args, { timeout: TIMEOUT_MS }, (_, stdout) => resolve(stdout.split('\n')));
  });
}

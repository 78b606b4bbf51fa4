import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { KvError } from '../../shared/errors.ts';
import { cleanText } from '../../shared/text.ts';

const TOOLS = ['make', 'gcc', 'clang'];
const PACKAGES =
  'sudo apt-get install clang gcc make libc6-dev libbpf-dev libelf-dev zlib1g-dev (Debian, Ubuntu), ' +
  'sudo dnf install clang gcc make glibc-static libbpf-static elfutils-libelf-devel-static zlib-static (Fedora)';
const SHOWN_ERROR_LINES = 3;

/**
 * Builds kv-tracer from `sources`/native into the folder `target`, which appears only once it is complete: two that
 * build at the same time do not disturb each other. Rejects with a KvError that names what to install.
 */
export async function buildHelper(sources: string, target: string, path: string): Promise<void> {
  const missing = await missingTools(path);
  if (missing.length > 0)
    throw cannotBuild(`${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing`);
  const folder = await mkdir(dirname(target), { recursive: true })
    .then(() => mkdtemp(`${target}.`))
    .catch((error: Error) => {
      throw cannotBuild(`${dirname(target)} cannot be written: ${error.message}`);
    });
  try {
    await make(join(sources, 'native'), folder);
    await rename(folder, target).catch(error => ignoreExisting(error, target));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function make(native: string, out: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('make', ['--silent', '-C', native, `OUT=${out}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.once('error', error => reject(cannotBuild(error.message)));
    child.once('close', code => (code === 0 ? resolve() : reject(cannotBuild(reasonIn(said)))));
  });
}

/** The lines of a compiler's output that say what is wrong. */
function reasonIn(said: string): string {
  const lines = cleanText(said).trim().split('\n');
  const errors = lines.filter(line => /error|not found|cannot find|No such file/i.test(line));
  const shown = (errors.length > 0 ? errors : lines).slice(0, SHOWN_ERROR_LINES);
  return shown.map(line => line.trim()).join('; ') || 'make failed';
}

async function missingTools(path: string): Promise<string[]> {
  const folders = path.split(delimiter);
  const found = await Promise.all(TOOLS.map(tool => isIn(folders, tool)));
  return TOOLS.filter((_, at) => !found[at]);
}

async function isIn(folders: readonly string[], tool: string): Promise<boolean> {
  for (const folder of folders) {
    const isThere = await access(join(folder, tool), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}

/** Another kv was quicker: what it built is the same. */
async function ignoreExisting(error: NodeJS.ErrnoException, target: string): Promise<void> {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  await access(join(target, 'kv-tracer'), constants.X_OK);
}

function cannotBuild(why: string): KvError {
  return new KvError('failed', `The recorder's helper, kv-tracer, cannot be built: ${why}.`, {
    hint: `Install what it needs with ${PACKAGES}, or name a built one in KV_TRACER.`,
  });
}

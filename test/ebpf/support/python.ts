import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../../cluster/plane/cache/store.ts';
import { Program } from './program.ts';

const REPOSITORY = 'https://repo1.maven.org/maven2/org/bytedeco/cpython';
const FOLDER = 'org/bytedeco/cpython/linux-x86_64';

/** Real CPythons, which Maven Central has in archives for Java. */
const releases = {
  '3.13': {
    version: '3.13.5-1.5.12',
    sha256: '50ad91aa0baa57f0235bb666b87d8bf2a44e215d28c250de1030502906af143b',
  },
  '3.14': {
    version: '3.14.3-1.5.13',
    sha256: 'eb5f1a6fe2dc498ac18927189a37f28a47b0ba06ae6bd85112eff023fe2eb46f',
  },
} as const;

/** `python FILE ARGUMENT…` that has said that it is ready. */
export async function startPython(release: keyof typeof releases, args: readonly string[]): Promise<Program> {
  const home = join(await python(release), FOLDER);
  const program = new Program(join(home, `bin/python${release}`), args, {
    LD_LIBRARY_PATH: home,
    PYTHONHOME: home,
    PYTHONDONTWRITEBYTECODE: '1',
  });
  await program.line();
  return program;
}

/** The folder of a CPython, fetched once. */
async function python(release: keyof typeof releases): Promise<string> {
  const { version, sha256 } = releases[release];
  const url = `${REPOSITORY}/${version}/cpython-${version}-linux-x86_64.jar`;
  return cached(`cpython-${version}`, async partial => {
    const archive = join(partial, 'cpython.jar');
    await writeFile(archive, await download(url, sha256));
    const wanted = [`${FOLDER}/bin/python${release}`, `${FOLDER}/*.so*`, `${FOLDER}/lib/python${release}/*`];
    const unwanted = [`${FOLDER}/lib/python${release}/test/*`, '*/site-packages/*', '*_test*'];
    const { status, stderr } = spawnSync('unzip', ['-q', archive, ...wanted, '-x', ...unwanted], {
      cwd: partial,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`CPython ${version} could not be unpacked: ${stderr}`);
    await chmod(join(partial, FOLDER, `bin/python${release}`), 0o755);
    await rm(archive);
  });
}

async function download(url: string, sha256: string): Promise<Buffer> {
  const response = await fetch(url).catch((error: Error) => error);
  if (response instanceof Error || !response.ok) {
    const why = response instanceof Error ? response.message : `HTTP ${response.status}`;
    throw new Error(`A real CPython is needed and could not be had from ${url}: ${why}.`);
  }
  const bytes = Buffer.from(await response.arrayBuffer());
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw new Error(`${url} is not the file that it was: its SHA-256 is ${found}.`);
  return bytes;
}

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KvError } from '../../shared/errors.ts';
import { buildHelper } from './build-helper.ts';
import { isWorldWritable, mustBeSafe } from './safe-program.ts';

export interface HelperSearch {
  /** KV_TRACER: a helper that is used as it is. */
  override: string | undefined;
  cacheDirectory: string;
  /** The folder with bpf/ and native/ in it. */
  sources: string;
  /** PATH, where compilers are looked for. */
  path: string;
  platform: NodeJS.Platform;
  arch: string;
  /** Told one sentence before a build, which takes some seconds. */
  say(sentence: string): void;
}

/**
 * The path of a kv-tracer that fits these sources: the one that was named, the one built before, or one built now. Its
 * folder carries a hash of the sources, so that a new kv does not run the helper of an old one. Rejects with a KvError
 * also where others could have changed it.
 */
export async function findHelper(search: HelperSearch): Promise<string> {
  const { override, platform, arch } = search;
  if (platform !== 'linux' || arch !== 'x64') {
    throw new KvError('failed', `Recording needs Linux on x86-64, and this is ${platform} on ${arch}.`, {
      hint: 'Record on the machine with the GPU; reading trace files works everywhere.',
    });
  }
  if (override !== undefined) {
    if (await isProgram(override)) return named(override);
    throw new KvError('usage', `KV_TRACER names ${override}, which is no program.`, {
      hint: 'Give the path of kv-tracer, or leave KV_TRACER unset and kv builds its own.',
    });
  }
  const folder = join(search.cacheDirectory, `tracer-${await sourcesHash(search.sources)}`);
  const helper = join(folder, 'kv-tracer');
  if (!(await isProgram(helper))) {
    search.say(`Building the recorder's helper once, in ${folder}.`);
    await buildHelper(search.sources, folder, search.path);
  }
  await mustBeSafe(helper);
  return helper;
}

async function named(override: string): Promise<string> {
  if (!(await isWorldWritable(override))) return override;
  throw new KvError('usage', `KV_TRACER names ${override}, which everybody may write.`, {
    hint: `Make sure that it is what you built, then chmod o-w ${override}.`,
  });
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function sourcesHash(sources: string): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of ['bpf', 'native']) {
    const names = await readdir(join(sources, folder)).catch(cause => {
      throw new KvError('failed', `The sources of kv-tracer are not in ${sources}.`, {
        hint: 'Install kv again, or name a built kv-tracer in KV_TRACER.',
        cause,
      });
    });
    for (const name of names.filter(isSource).toSorted()) {
      hash.update(`${folder}/${name}\0`).update(await readFile(join(sources, folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 12);
}

function isSource(name: string): boolean {
  return /\.[ch]$/.test(name) || name === 'Makefile';
}

import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type ReadEntry, Unpack } from 'tar';
import { messageOf } from '../../shared/errors.ts';
import { formatBytes } from '../../shared/text.ts';
import { ClusterUnreachableError } from '../errors.ts';

/** What an archive may hold at most; beyond that it is refused before anything of the entry is written. */
export interface ArchiveLimits {
  entries: number;
  bytesPerFile: number;
  bytes: number;
}

export const ARCHIVE_LIMITS: ArchiveLimits = {
  entries: 500_000,
  bytesPerFile: 4e9,
  bytes: 20e9,
};

const FILES = new Set(['File', 'OldFile', 'ContiguousFile']);
const LINKS = new Set(['SymbolicLink', 'Link']);
const DEVICES = new Set(['CharacterDevice', 'BlockDevice', 'FIFO']);

/**
 * Unpacks a .tar or .tar.gz into a private folder of the temporary directory, and returns the folder. Only plain
 * files and directories are written, and hard links between them. Support bundles link collected logs to their
 * twins under cluster-resources: such symbolic links are left out; links, paths and devices that reach outside
 * refuse the whole archive.
 */
export async function unpackArchive(
  path: string,
  signal: AbortSignal,
  limits: ArchiveLimits = ARCHIVE_LIMITS,
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'kv-snapshot-'));
  try {
    await unpackInto(directory, path, signal, limits);
    return directory;
  } catch (error) {
    // Files that were being written when the archive was refused may still appear.
    await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
    throw error;
  }
}

async function unpackInto(
  directory: string,
  path: string,
  signal: AbortSignal,
  limits: ArchiveLimits,
): Promise<void> {
  const guard = new Guard(path, limits);
  let damage: Error | undefined;
  const unpack = new Unpack({
    cwd: directory,
    preserveOwner: false,
    noMtime: true,
    filter: (_name, entry) => guard.admits(entry as ReadEntry),
    onwarn: (code, message) => {
      if (/^TAR_(BAD_ARCHIVE|ABORT|ENTRY_ERROR)$/.test(code)) damage ??= new Error(String(message));
    },
  });
  unpack.on('error', (error: Error) => {
    damage ??= error;
  });
  const closed = once(unpack, 'close').catch(() => undefined);
  const input = createReadStream(path);
  try {
    for await (const chunk of input) {
      signal.throwIfAborted();
      const ready = unpack.write(chunk as Buffer);
      if (guard.refusal) throw guard.refusal;
      if (damage) throw damaged(path, damage);
      if (!ready) await Promise.race([once(unpack, 'drain', { signal }), closed]);
    }
    unpack.end();
    await closed;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ClusterUnreachableError) throw error;
    throw guard.refusal ?? damaged(path, error);
  } finally {
    input.destroy();
  }
  if (guard.refusal) throw guard.refusal;
  if (damage) throw damaged(path, damage);
}

/** Decides entry by entry; the first that must not be there is remembered as the reason to refuse the archive. */
class Guard {
  refusal: ClusterUnreachableError | undefined;
  readonly #path: string;
  readonly #limits: ArchiveLimits;
  #entries = 0;
  #bytes = 0;

  constructor(path: string, limits: ArchiveLimits) {
    this.#path = path;
    this.#limits = limits;
  }

  admits(entry: ReadEntry): boolean {
    if (this.refusal) return false;
    const type = String(entry.type);
    const reason = this.#reason(entry, type);
    if (reason) {
      this.refusal = new ClusterUnreachableError(`The archive ${this.#path} is refused: ${reason}.`, {
        hint: 'Take the snapshot again, or unpack it yourself and give the folder if you trust it.',
        facts: { path: this.#path, entry: entry.path },
      });
      return false;
    }
    // Whatever the archive says, what is written can be read by its owner and by nobody else.
    entry.mode = type === 'Directory' ? 0o700 : 0o600;
    return FILES.has(type) || type === 'Directory' || type === 'Link';
  }

  #reason(entry: ReadEntry, type: string): string | undefined {
    const { entries, bytesPerFile, bytes } = this.#limits;
    const name = JSON.stringify(entry.path.slice(0, 200));
    this.#entries += 1;
    this.#bytes += entry.size;
    if (leaves(entry.path)) return `the entry ${name} leads out of it`;
    if (DEVICES.has(type)) return `the entry ${name} is a device`;
    if (LINKS.has(type)) {
      const target = entry.linkpath ?? '';
      // A hard link's target counts from the archive's top, a symbolic link's from its own folder.
      const from = type === 'Link' ? [] : entry.path.split('/').slice(0, -1);
      if (leaves([...from, target].join('/')) || isAbsolute(target))
        return `the link ${name} leads out of it`;
    }
    if (entry.size > bytesPerFile) {
      return `the entry ${name} is ${formatBytes(entry.size)} long, at most ${formatBytes(bytesPerFile)} are read`;
    }
    if (this.#entries > entries) return `it has more than ${entries} entries`;
    if (this.#bytes > bytes) return `it holds more than ${formatBytes(bytes)}`;
    return undefined;
  }
}

/** Whether a path inside the archive climbs above the archive's top. */
function leaves(path: string): boolean {
  if (isAbsolute(path) || /^[A-Za-z]:|\0/.test(path)) return true;
  let depth = 0;
  for (const part of path.split(/[/\\]/)) {
    if (part === '' || part === '.') continue;
    depth += part === '..' ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

function damaged(path: string, cause: unknown): ClusterUnreachableError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOSPC') {
    return new ClusterUnreachableError(`The archive ${path} does not fit into ${tmpdir()}.`, {
      hint: 'Free some space there, or set TMPDIR to a folder with more.',
      facts: { path, code },
      cause,
    });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new ClusterUnreachableError(`The archive ${path} cannot be read: permission denied.`, {
      hint: 'Change its permissions, or run kv as its owner.',
      facts: { path, code },
      cause,
    });
  }
  return new ClusterUnreachableError(`The archive ${path} is truncated or damaged (${messageOf(cause)}).`, {
    hint: 'Copy or download it again; gzip -t tells whether it is whole.',
    facts: { path },
    cause,
  });
}

import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KvError } from '../../shared/errors.ts';

const WORLD = 0o002;
const GROUP = 0o020;
const STICKY = 0o1000;
/** The program, the folder that was built for it, and kv's cache folder. */
const OWN_LEVELS = 3;

/**
 * Rejects with a KvError where somebody else could have put another program in the place of the helper, which runs
 * with the privileges of whoever records. What kv built belongs to that user or to root.
 */
export async function mustBeSafe(program: string): Promise<void> {
  let path = program;
  for (let level = 0; ; level += 1) {
    const why = await whyUnsafe(path, level < OWN_LEVELS);
    if (why !== undefined) {
      throw new KvError('failed', `The recorder's helper is not run, because ${path} ${why}.`, {
        hint: `Remove ${dirname(program)} and see to the rights of the folders above; kv builds it again.`,
      });
    }
    if (path === dirname(path)) return;
    path = dirname(path);
  }
}

/** Whether anybody may write the file itself: asked of a helper that was named. */
export async function isWorldWritable(program: string): Promise<boolean> {
  return ((await stat(program)).mode & WORLD) !== 0;
}

async function whyUnsafe(path: string, isOwn: boolean): Promise<string | undefined> {
  const { mode, uid, gid } = await stat(path);
  if (mode & WORLD && !(mode & STICKY)) return 'can be written by everybody';
  if (!isOwn) return undefined;
  if (uid !== 0 && uid !== process.geteuid!()) return 'belongs to another user';
  return mode & GROUP && gid !== 0 && gid !== process.getegid!()
    ? 'can be written by users of another group'
    : undefined;
}

import { kvPaths } from '../config/paths.ts';
import type { FileOwner } from '../trace/store/index.ts';

/** Root's, because what is in it runs as root; sudo may leave HOME with the user who called it. */
const SYSTEM_CACHE = '/var/cache/kv';

/** Who called sudo, if root runs this by it. */
export function sudoUser(env: NodeJS.ProcessEnv): FileOwner | undefined {
  const uid = Number(env.SUDO_UID || Number.NaN);
  const gid = Number(env.SUDO_GID || Number.NaN);
  const isSudo = process.geteuid?.() === 0 && Number.isInteger(uid) && Number.isInteger(gid) && uid > 0;
  return isSudo ? { uid, gid } : undefined;
}

/** The folder in which the recorder's helper is built. */
export function helperCache(env: NodeJS.ProcessEnv): string {
  return sudoUser(env) ? SYSTEM_CACHE : kvPaths(env).cacheDirectory;
}

import { homedir } from 'node:os';
import { join } from 'node:path';

export interface KvPaths {
  configFile: string;
  stateDirectory: string;
  cacheDirectory: string;
  sessions: string;
  promptHistory: string;
}

/** Where kv keeps its files, by the XDG base directory specification. */
export function kvPaths(env: NodeJS.ProcessEnv): KvPaths {
  const home = env.HOME || homedir();
  const base = (variable: string | undefined, ...fallback: string[]) =>
    join(variable || join(home, ...fallback), 'kv');
  const stateDirectory = base(env.XDG_STATE_HOME, '.local', 'state');
  return {
    configFile: env.KV_CONFIG || join(base(env.XDG_CONFIG_HOME, '.config'), 'config.yaml'),
    stateDirectory,
    cacheDirectory: base(env.XDG_CACHE_HOME, '.cache'),
    sessions: join(stateDirectory, 'sessions.db'),
    promptHistory: join(stateDirectory, 'prompt-history'),
  };
}

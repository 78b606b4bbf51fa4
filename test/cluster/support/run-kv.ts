import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Output, run } from '../plane/run.ts';

const KV = new URL('../../../bin/kv.js', import.meta.url).pathname;

export interface RunKvOptions {
  kubeconfig: string;
  env?: Record<string, string>;
  input?: string;
  timeoutMs?: number;
}

/**
 * Runs the built kv as a user would, without a terminal, with empty configuration and state directories, and
 * with no credentials of any model provider in its environment.
 */
export async function runKv(args: string[], options: RunKvOptions): Promise<Output> {
  const home = await mkdtemp(join(tmpdir(), 'kv-home-'));
  try {
    return await run(process.execPath, [KV, ...args], {
      input: options.input,
      timeoutMs: options.timeoutMs,
      env: {
        HOME: home,
        XDG_CONFIG_HOME: join(home, 'config'),
        XDG_STATE_HOME: join(home, 'state'),
        XDG_CACHE_HOME: join(home, 'cache'),
        KUBECONFIG: options.kubeconfig,
        ANTHROPIC_API_KEY: undefined,
        KV_MODEL: undefined,
        NO_COLOR: '1',
        ...options.env,
      },
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

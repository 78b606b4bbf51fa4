import { spawn } from 'node:child_process';
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
      env: environment(home, options),
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** A kv that runs until it is told to stop, started as `runKv` does. */
export interface RunningKv {
  /** Resolves to the first match in what it prints on stdout; rejects with what it said when it ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  signal(signal: NodeJS.Signals): void;
  ended: Promise<Output>;
}

export async function startKv(args: string[], options: RunKvOptions): Promise<RunningKv> {
  const home = await mkdtemp(join(tmpdir(), 'kv-home-'));
  const env = { ...process.env, ...environment(home, options) };
  const child = spawn(process.execPath, [KV, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      said[stream] += chunk;
    });
  }
  const ended = new Promise<Output>((resolve, reject) => {
    child.once('error', reject).once('close', code => resolve({ code: code ?? -1, ...said }));
  }).finally(() => rm(home, { recursive: true, force: true }));
  const printed = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(said.stdout);
        if (match) resolve(match);
      };
      child.stdout.on('data', look);
      look();
      void ended.then(() => reject(new Error(`kv ended: ${said.stderr}`)), reject);
    });
  return { printed, ended, signal: signal => void child.kill(signal) };
}

function environment(home: string, options: RunKvOptions): Record<string, string | undefined> {
  return {
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CACHE_HOME: join(home, 'cache'),
    KUBECONFIG: options.kubeconfig,
    ANTHROPIC_API_KEY: undefined,
    KV_MODEL: undefined,
    NO_COLOR: '1',
    ...options.env,
  };
}

import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface KvRun {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface KvEnvironment {
  home: string;
  env: NodeJS.ProcessEnv;
}

/** A home of its own: no kubeconfig, no config file, no history, no model key. */
export function freshHome(): KvEnvironment {
  const home = mkdtempSync(join(tmpdir(), 'kv-home-'));
  const env = { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', TERM: 'xterm-256color' };
  return { home, env };
}

/** Runs the built kv as a user would, without a terminal. */
export function runKv(args: string[], env: NodeJS.ProcessEnv, input = ''): Promise<KvRun> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [resolve('bin/kv.js'), ...args], { env, stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', chunk => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', chunk => {
      stderr += chunk;
    });
    child.on('error', failed).on('close', code => done({ code, stdout, stderr }));
    // A kv that ends before it has read everything closes the pipe.
    child.stdin.on('error', () => {}).end(input);
  });
}

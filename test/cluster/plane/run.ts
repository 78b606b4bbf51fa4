import { spawn } from 'node:child_process';

export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string | undefined>;
  input?: string;
  /** Milliseconds after which the program is killed; default two minutes. */
  timeoutMs?: number;
}

/** Runs a program to its end and collects what it printed. Rejects only when it cannot be started or times out. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<Output> {
  const { promise, resolve, reject } = Promise.withResolvers<Output>();
  const timeoutMs = options.timeoutMs ?? 120_000;
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    reject(new Error(`${command} ${args.join(' ')} was still running after ${timeoutMs / 1000} s`));
  }, timeoutMs);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.on('error', error => {
    clearTimeout(timer);
    reject(error);
  });
  child.on('close', code => {
    clearTimeout(timer);
    resolve({
      code: code ?? 1,
      stdout: Buffer.concat(stdout).toString(),
      stderr: Buffer.concat(stderr).toString(),
    });
  });
  // A program that exits without reading its input closes the pipe; its exit code tells the story.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return promise;
}

/** `run`, where anything but success is an error that quotes the end of what the program said. */
export async function runOrFail(command: string, args: string[], options: RunOptions = {}): Promise<Output> {
  const output = await run(command, args, options);
  if (output.code === 0) return output;
  const said = (output.stderr.trim() || output.stdout.trim()).split('\n').slice(-15).join('\n');
  throw new Error(`${command} ${args.join(' ')} failed with exit code ${output.code}:\n${said}`);
}

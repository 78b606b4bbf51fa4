import { Writable } from 'node:stream';
import type { KubeConfig } from '@kubernetes/client-node';
import { KvError } from '../../shared/errors.ts';
import { isRecord } from '../../shared/json.ts';
import type { Status } from '../errors.ts';
import type { ExecResult, ExecTarget } from '../port.ts';
import type { TransportResponse } from '../transport.ts';

export interface ExecPlumbing {
  kubeConfig(): Promise<KubeConfig>;
  explain(error: unknown): Error;
  ask(path: string): Promise<TransportResponse>;
  signal: AbortSignal;
}

const DEFAULT_MAX_BYTES = 1_000_000;

/**
 * Runs a command over the exec WebSocket and collects what it prints. Output beyond `maxBytes` ends the session:
 * the result is then `truncated`, with exit code -1 because the command's own was not awaited.
 */
export async function execInContainer(target: ExecTarget, plumbing: ExecPlumbing): Promise<ExecResult> {
  const { signal } = plumbing;
  signal.throwIfAborted();
  const { Exec } = await import('@kubernetes/client-node');
  const exec = new Exec(await plumbing.kubeConfig());
  const budget = { left: target.maxBytes ?? DEFAULT_MAX_BYTES };
  const stdout = new Collector(budget);
  const stderr = new Collector(budget);

  return new Promise<ExecResult>((resolve, reject) => {
    let close: () => void = () => undefined;
    let settled = false;
    const abort = () => settle(() => reject(signal.reason));
    const settle = (act: () => void) => {
      settled = true;
      signal.removeEventListener('abort', abort);
      close();
      act();
    };
    const finish = (exitCode: number, truncated: boolean) =>
      settle(() => resolve({ exitCode, stdout: stdout.text(), stderr: stderr.text(), truncated }));
    signal.addEventListener('abort', abort, { once: true });
    stdout.onFull = stderr.onFull = () => finish(-1, true);

    const connecting = exec.exec(
      encodeURIComponent(target.namespace),
      encodeURIComponent(target.pod),
      target.container ?? '',
      target.command,
      stdout,
      stderr,
      null,
      false,
      status => {
        const exitCode = exitCodeOf(status as Status);
        if (exitCode !== undefined) finish(exitCode, false);
        else settle(() => reject(notRun(target, status.message ?? '')));
      },
    );
    connecting.then(
      socket => {
        close = () => socket.close();
        if (settled) close();
        socket.addEventListener('close', () =>
          settle(() => reject(notRun(target, 'the connection closed before the command ended'))),
        );
      },
      (error: unknown) => {
        refusal(error, target, plumbing).then(
          explained => settle(() => reject(explained)),
          (why: unknown) => settle(() => reject(why)),
        );
      },
    );
  });
}

function exitCodeOf(status: Status): number | undefined {
  if (status.status === 'Success') return 0;
  const cause = status.details?.causes?.find(part => part.reason === 'ExitCode');
  return cause?.message === undefined ? undefined : Number(cause.message);
}

function notRun(target: ExecTarget, why: string): KvError {
  return new KvError(
    'failed',
    `The command ${target.command[0] ?? ''} could not run in pod ${target.pod}: ${why}.`,
    {
      hint: 'Check that the container runs and has that program; many images have no shell.',
      facts: { pod: target.pod, namespace: target.namespace, container: target.container },
    },
  );
}

async function refusal(error: unknown, target: ExecTarget, plumbing: ExecPlumbing): Promise<unknown> {
  const message = isRecord(error) && typeof error['message'] === 'string' ? error['message'] : String(error);
  const statusCode = /Unexpected server response: (\d+)/.exec(message)?.[1];
  if (!statusCode) return plumbing.explain(isRecord(error) ? (error['error'] ?? error) : error);
  const query = new URLSearchParams({ stdout: 'true', container: target.container ?? '' });
  for (const part of target.command) query.append('command', part);
  const pod = `/api/v1/namespaces/${encodeURIComponent(target.namespace)}/pods/${encodeURIComponent(target.pod)}`;
  await plumbing.ask(`${pod}/exec?${query}`);
  return notRun(target, `the server answered ${statusCode}`);
}

/** Keeps what is written while the shared budget lasts. */
class Collector extends Writable {
  readonly #chunks: Buffer[] = [];
  readonly #budget: { left: number };
  onFull: () => void = () => undefined;

  constructor(budget: { left: number }) {
    super();
    this.#budget = budget;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const kept = chunk.subarray(0, this.#budget.left);
    this.#budget.left -= kept.length;
    if (kept.length > 0) this.#chunks.push(kept);
    if (kept.length < chunk.length) this.onFull();
    done();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

export interface Forwarder {
  close(): void;
}

/**
 * Carries connections from 127.0.0.1:`port` outside to 127.0.0.1:`port` inside the network of process `pid`. The
 * listening socket is opened here and handed to a process in there: a socket stays in the network that it was
 * made in, whoever holds it.
 */
export async function forward(pid: number, port: number): Promise<Forwarder> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const program = new URL('./forwarder-process.ts', import.meta.url).pathname;
  const child = spawn(
    'setpriv',
    [
      '--pdeathsig',
      'KILL',
      '--',
      'nsenter',
      '--target',
      `${pid}`,
      '--net',
      '--',
      process.execPath,
      program,
      `${port}`,
    ],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  await handOver(child, server);
  return { close: () => child.kill('SIGKILL') };
}

async function handOver(child: ChildProcess, server: ReturnType<typeof createServer>): Promise<void> {
  const ready = once(child, 'message');
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`The process that forwards connections into the cell exited with code ${code}.`);
  });
  child.send('listen', server);
  await Promise.race([ready, failed]);
  // The child has its own copy of the socket; ours must not accept connections nor keep this process alive.
  server.close();
  child.unref();
  child.channel?.unref();
  failed.catch(() => {});
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfigOf, openSnapshot, type ServedCluster, serveCluster } from '../cluster/index.ts';
import type { Transport } from '../cluster/transport.ts';
import { KvError } from '../shared/errors.ts';
import type { ServeOptions } from './commands/cluster.ts';

/** `kv cluster serve`: prints how to reach the served snapshot, and serves it until it is interrupted. */
export async function serveSnapshot(options: ServeOptions): Promise<void> {
  const { namespace = 'default' } = options;
  const transport = await openSnapshot(options.snapshot, { signal: AbortSignal.timeout(60_000), namespace });
  const served = await serve(transport, options.port);
  const folder = await mkdtemp(join(tmpdir(), 'kv-cluster-'));
  try {
    const file = join(folder, 'kubeconfig');
    const { context } = transport.info;
    await writeFile(file, kubeconfigOf(served, { context, namespace }), { mode: 0o600 });
    process.stdout.write(`export KUBECONFIG=${file}\n`);
    process.stderr.write(
      `Serving ${transport.info.server} on 127.0.0.1; changes stay in memory. Run the line above in another terminal, then kubectl. Ctrl+C ends it.\n`,
    );
    await new Promise<void>(resolve => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
    await served.close();
    await transport.close();
  }
}

async function serve(transport: Transport, port: number | undefined): Promise<ServedCluster> {
  try {
    return await serveCluster(transport, { port });
  } catch (error) {
    await transport.close();
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    const why = code === 'EADDRINUSE' ? 'it is in use' : code;
    throw new KvError('usage', `Port ${port} cannot be opened: ${why}.`, {
      hint: 'Choose another with --port, or leave it out for any free one.',
    });
  }
}

import type { Command } from 'commander';
import { port, withNamespaceOption } from '../options.ts';

export interface ServeOptions {
  snapshot: string;
  namespace?: string;
  port?: number;
}

/** `kv cluster serve --snapshot PATH`: let kubectl and k9s look at a snapshot. */
export function registerCluster(program: Command): void {
  const cluster = program.command('cluster').description('work with clusters outside of investigations');
  const serve = cluster
    .command('serve')
    .description('serve a snapshot on this machine, so that kubectl and k9s work against it')
    .requiredOption('--snapshot <path>', 'a support bundle (folder or .tgz)')
    .option('--port <n>', 'port on 127.0.0.1 (default: any free one)', port);
  withNamespaceOption(serve).action(async (options: ServeOptions) => {
    const { serveSnapshot } = await import('../cluster-serve.ts');
    await serveSnapshot(options);
  });
}

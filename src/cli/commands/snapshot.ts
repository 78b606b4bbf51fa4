import type { Command } from 'commander';
import { positive, type SessionOptions, withClusterOptions } from '../options.ts';

export interface SnapshotOptions extends Omit<SessionOptions, 'output'> {
  output: string;
  allNamespaces?: boolean;
  includeSecretValues?: boolean;
  logLines: number;
}

/** `kv snapshot -o DIR`: capture a live cluster for later. */
export function registerSnapshot(program: Command): void {
  const command = program
    .command('snapshot')
    .description('capture a cluster into a folder that kv can investigate later')
    .requiredOption('-o, --output <dir>', 'folder to write; must not exist or be empty')
    .option('--include-secret-values', 'also capture the values of Secrets')
    .option('--log-lines <n>', 'newest log lines to keep of each container', positive, 5_000);
  withClusterOptions(command).action(async (_own: SnapshotOptions, self: Command) => {
    const { snapshot } = await import('../snapshot.ts');
    await snapshot(self.optsWithGlobals<SnapshotOptions>());
  });
}

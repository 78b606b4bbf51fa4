import type { Command } from 'commander';
import { type SessionOptions, withClusterOptions } from '../options.ts';

/** `kv doctor`: what works here and what to do about what does not. */
export function registerDoctor(program: Command): void {
  const command = program.command('doctor').description('check cluster, rights, model, Node and terminal');
  withClusterOptions(command)
    .option('--model <spec>', 'the model to check')
    .action(async (_own: SessionOptions, self: Command) => {
      const { doctor } = await import('../doctor.ts');
      await doctor(self.optsWithGlobals<SessionOptions>());
    });
}

import type { Command } from 'commander';
import { type SessionOptions, withNamespaceOption, withQuestionOptions } from '../options.ts';

/** `kv demo`: a real investigation on a snapshot that ships with kv, without a model. */
export function registerDemo(program: Command): void {
  const command = program
    .command('demo')
    .description('a real investigation on a snapshot that ships with kv')
    .argument('[scenario]', 'which one (see --list)')
    .option('--list', 'list the scenarios');
  withQuestionOptions(withNamespaceOption(command)).action(
    async (name: string | undefined, own: { list?: boolean }, self: Command) => {
      const { demo, listDemos } = await import('../demo.ts');
      if (own.list) await listDemos();
      else await demo(name, self.optsWithGlobals<SessionOptions>());
    },
  );
}

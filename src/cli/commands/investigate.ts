import type { Command } from 'commander';
import { KvError } from '../../shared/errors.ts';
import { type SessionOptions, withSessionOptions } from '../options.ts';

/** `kv` alone: the UI, waiting for questions. */
export function registerUi(program: Command): void {
  withSessionOptions(program).action(async (options: SessionOptions) => {
    if (program.args.length > 0) {
      throw new KvError('usage', `There is no command "${program.args[0]}".`, {
        hint: `Put a question in quotes: kv investigate "${program.args.join(' ')}"; kv --help lists the commands.`,
      });
    }
    const { investigate } = await import('../investigate.ts');
    await investigate(undefined, options);
  });
  program.allowExcessArguments();
}

/** `kv investigate "<question>"`. */
export function registerInvestigate(program: Command): void {
  const command = program
    .command('investigate')
    .description('answer one question, with its evidence')
    .argument('[question...]', 'what you want to know; - reads it from standard input');
  withSessionOptions(command).action(async (words: string[], _own: SessionOptions, self: Command) => {
    const { investigate } = await import('../investigate.ts');
    await investigate(words.join(' '), self.optsWithGlobals<SessionOptions>());
  });
}

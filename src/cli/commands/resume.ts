import type { Command } from 'commander';
import { type SessionOptions, withSessionOptions } from '../options.ts';

/** `kv resume [id]`: go on with an earlier session. */
export function registerResume(program: Command): void {
  const command = program
    .command('resume')
    .description('go on with an earlier session (default: the latest)')
    .argument('[id]', 'session id, or its beginning')
    .argument('[question...]', 'the next question');
  withSessionOptions(command).action(
    async (id: string | undefined, words: string[], _own: SessionOptions, self: Command) => {
      const { resume } = await import('../investigate.ts');
      await resume(id, words.join(' '), self.optsWithGlobals<SessionOptions>());
    },
  );
}

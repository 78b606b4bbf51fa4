import { type Command, Option } from 'commander';

/** `kv sessions`, `kv sessions show <id>`. */
export function registerSessions(program: Command): void {
  const sessions = program
    .command('sessions')
    .description('list earlier sessions')
    .option('--json', 'as JSON');
  sessions.action(async (options: { json?: boolean }) => {
    const { listSessions } = await import('../sessions.ts');
    await listSessions(options.json === true);
  });
  sessions
    .command('show')
    .description('one session, whole')
    .argument('[id]', 'session id, or its beginning (default: the latest)')
    .addOption(new Option('--output <format>', 'format').choices(['json', 'markdown']).default('markdown'))
    .action(async (id: string | undefined, options: { output: 'json' | 'markdown' }) => {
      const { showSession } = await import('../sessions.ts');
      await showSession(id, options.output);
    });
}

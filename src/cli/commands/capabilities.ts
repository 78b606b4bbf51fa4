import { type Command, Option } from 'commander';

/** `kv capabilities`: the generated reference of what scripts may do. */
export function registerCapabilities(program: Command): void {
  program
    .command('capabilities')
    .description('what scripts may ask for: the reference, generated from the catalog')
    .argument('[query...]', 'words to search for, or a full name')
    .addOption(
      new Option('--output <format>', 'format').choices(['markdown', 'json', 'ts']).default('markdown'),
    )
    .action(async (words: string[], options: { output: 'markdown' | 'json' | 'ts' }) => {
      const { printCapabilities } = await import('../capabilities.ts');
      await printCapabilities(words.join(' '), options.output);
    });
}

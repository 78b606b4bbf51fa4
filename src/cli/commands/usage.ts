import { type Command, Option } from 'commander';
import { positive } from '../options.ts';
import type { UsageOptions } from '../usage.ts';

/** `kv usage`: what was spent, and what is left. */
export function registerUsage(program: Command): void {
  program
    .command('usage')
    .description('what was spent, by day, model and mode, and the budgets')
    .option('--days <n>', 'how many days back, today included', positive, 30)
    .addOption(new Option('--by <group>', 'only this table').choices(['day', 'model', 'mode']))
    .addOption(new Option('--output <format>', 'format').choices(['text', 'json']).default('text'))
    .action(async (options: UsageOptions) => {
      const { showUsage } = await import('../usage.ts');
      await showUsage(options);
    });
}

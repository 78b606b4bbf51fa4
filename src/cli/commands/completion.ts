import { Argument, type Command } from 'commander';

/** `kv completion bash|zsh|fish`. */
export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a completion script for your shell')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionScript } = await import('../completion.ts');
      const { DEMO_SCENARIOS } = await import('../../bench/scenarios/index.ts');
      const demo = DEMO_SCENARIOS.map(scenario => scenario.id);
      process.stdout.write(completionScript(program, shell, { demo }));
    });
}

import { Command, CommanderError, Help } from 'commander';
import { KvError } from '../shared/errors.ts';
import { cleanText } from '../shared/text.ts';
import { registerBench } from './commands/bench.ts';
import { registerCapabilities } from './commands/capabilities.ts';
import { registerCluster } from './commands/cluster.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerInvestigate, registerUi } from './commands/investigate.ts';
import { registerResume } from './commands/resume.ts';
import { registerSessions } from './commands/sessions.ts';
import { registerSnapshot } from './commands/snapshot.ts';
import { registerTrace } from './commands/trace.ts';
import { registerUsage } from './commands/usage.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { version } from './version.ts';

/** Carries an exit code out of a command's action. */
export class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

const EXAMPLES = `
Without a command kv opens its terminal UI and waits for questions.

Examples:
  kv demo                      try it, without cluster or model
  kv investigate "why is checkout crashing?" -n shop
  kv investigate "why is web down?" --snapshot bundle.tgz --output json
  kv resume                    go on where you left off
`;

/** Commander's own help, with the commands before the options (a newcomer looks for them) and the rest last. */
function commandsFirst(command: Command, helper: Help): string {
  const sections = Help.prototype.formatHelp
    .call(helper, command, helper)
    .split(/\n{2,}/u)
    .map(section => section.trimEnd());
  const rank = (section: string) => ['Commands:', 'Other:'].findIndex(title => section.startsWith(title));
  const at = sections.findIndex(
    section => /^[A-Z][\w ]*:\n/u.test(section) && !section.startsWith('Arguments:'),
  );
  const groups = sections.slice(at);
  const ordered = [0, -1, 1].flatMap(place => groups.filter(section => rank(section) === place));
  return `${[...sections.slice(0, at), ...ordered].join('\n\n')}\n`;
}

/** The whole command line. */
export function createProgram(): Command {
  const program = new Command('kv')
    .description('Finds out why, in Kubernetes and on the GPUs under it.')
    .optionsGroup('Other:')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .configureHelp({ formatHelp: commandsFirst })
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(kv --help lists commands and options)')
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .exitOverride();
  registerUi(program);
  registerInvestigate(program);
  registerDemo(program);
  registerResume(program);
  registerSessions(program);
  registerUsage(program);
  registerTrace(program);
  registerSnapshot(program);
  registerCluster(program);
  registerBench(program);
  registerDoctor(program);
  registerCapabilities(program);
  registerCompletion(program);
  for (const command of program.commands.flatMap(item => [item, ...item.commands]))
    command.exitOverride().showHelpAfterError('(add --help for its options)');
  return program;
}

/** Parses and runs a command line; resolves to the exit code. The only place where failures become exit codes. */
export async function runProgram(args: string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    return EXIT_CODES.answered;
  } catch (error) {
    if (error instanceof Exit) return error.code;
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage;
    if (error instanceof KvError) {
      const isFirstTry = args.length === 0 && error.kind === 'cluster-unreachable';
      process.stderr.write(`kv: ${cleanText(error.sentence)}${isFirstTry ? ' Or try kv demo.' : ''}\n`);
      return EXIT_CODES[error.kind];
    }
    process.stderr.write(
      `kv: unexpected failure: ${cleanText(error instanceof Error ? error.message : String(error))}\n`,
    );
    if (process.env.KV_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return EXIT_CODES.failed;
  }
}

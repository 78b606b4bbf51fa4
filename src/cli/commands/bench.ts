import { type Command, InvalidArgumentError, Option } from 'commander';
import { USUAL_MODES } from '../../bench/result.ts';
import { duration, positive } from '../options.ts';

export interface BenchOptions {
  scenarios?: string;
  only?: string[];
  list?: boolean;
  modes?: string[];
  models?: string[];
  peer?: string[];
  repeats?: number;
  jobs: number;
  record?: string;
  replay?: string;
  maxTurns?: number;
  maxTokens?: number;
  timeout?: number;
  output?: BenchOutput;
  file?: string;
  animation?: boolean;
  screenReader?: boolean;
}

export type BenchOutput = 'text' | 'json' | 'markdown' | 'html';

const EXAMPLES = `
Exit codes: 0 every run answered rightly, 1 one did not, 2 usage.

Examples:
  kv bench                                     the scenarios that ship with kv, no model needed
  kv bench --models ollama:qwen3:8b --repeats 3 --output html -o bench.html
  kv bench --scenarios ./scenarios --models offline --modes code
  kv bench --peer "npx -y kubernetes-mcp-server" --only crash-cause
`;

/** `kv bench`: questions with known answers, in every mode. */
export function registerBench(program: Command): void {
  program
    .command('bench')
    .description('compare scripts with tool calls on questions with known answers')
    .optionsGroup('What to run:')
    .option('--scenarios <path>', 'your own: a YAML or JSON file, or a folder of them')
    .option('--only <ids>', 'some of the scenarios: id,id', list)
    .option('--list', 'list the scenarios')
    .option(
      '--modes <modes>',
      `${USUAL_MODES.join(',')} (default: these; in a race code,tools); tools-same-calls and tools-same-calls-sequential check the prediction`,
      list,
    )
    .option('--models <specs>', 'scripted, offline, anthropic:<id>, ollama:<id> (default: scripted)', list)
    .option('--peer <command>', "an MCP server's tools as one more column; may be repeated", repeated)
    .option('--repeats <n>', 'runs of each (default: 1)', positive)
    .option('--jobs <n>', 'runs at the same time (a race has its own pace)', positive, 1)
    .optionsGroup('Recordings:')
    .option('--record <dir>', "write down the models' answers")
    .option('--replay <dir>', 'take the answers of a recording: no model, no key')
    .optionsGroup('Limits of a run:')
    .option('--max-turns <n>', 'requests to the model', positive)
    .option('--max-tokens <n>', 'tokens', positive)
    .option('--timeout <duration>', 'wall time: 90s, 10m, 1h', duration)
    .optionsGroup('Output:')
    .addOption(
      new Option('--output <format>', 'instead of the race').choices(['text', 'json', 'markdown', 'html']),
    )
    .option('-o, --file <file>', 'write the report there; without --output its ending says in which format')
    .option('--no-animation', 'no spinner, fewer redraws')
    .option('--screen-reader', 'plain lines, everything said once')
    .optionsGroup('Other:')
    .addHelpText('after', EXAMPLES)
    .action(async (options: BenchOptions) => {
      const { bench, listScenarios } = await import('../bench.ts');
      if (options.list) await listScenarios(options);
      else await bench(options);
    });
}

function list(text: string): string[] {
  const items = text.split(',').map(item => item.trim());
  if (items.some(item => item === '')) throw new InvalidArgumentError('Write it like a,b,c.');
  return items;
}

function repeated(text: string, before: string[] = []): string[] {
  return [...before, text];
}

import { type Command, InvalidArgumentError, Option } from 'commander';
import { duration, positive } from '../options.ts';

/** `kv trace --cuda`, as commander parses it. Durations in milliseconds unless their name says otherwise. */
export interface RecordOptions {
  cuda?: boolean;
  check?: boolean;
  pid?: number[];
  container?: string;
  pod?: string;
  file?: string;
  duration?: number;
  all?: boolean;
  stacks?: boolean;
  minDuration: number;
  sample?: number;
  maxSize: number;
  host?: boolean;
  nccl?: boolean;
  kubeconfig?: string;
  context?: string;
  output: 'text' | 'json';
  screenReader?: boolean;
}

const EXAMPLES = `
Examples:
  sudo kv trace --cuda -- python train.py      start it, and record all of it
  sudo kv trace --cuda --pid 4242 --stacks     one that runs, with its stacks
  sudo kv trace --cuda --pod ml/train-0        a pod on this node
  sudo kv trace --cuda --duration 30s          every process that uses CUDA
  kv trace --check                             what is missing to record here
  kv trace chains FILE                         why calls were slow

Exit codes: 0 recorded; with a command, the command's own;
  1 nothing could be recorded; 2 wrong options.
`;

/** Makes `kv trace` without a subcommand the recorder. */
export function withRecording(trace: Command): Command {
  return trace
    .enablePositionalOptions()
    .argument('[command...]', 'after --: started once it can be recorded from its first call on')
    .optionsGroup('Recording:')
    .option('--cuda', 'record CUDA calls: which are slow, and what kept them')
    .option('--check', 'say what is missing to record on this machine, and end')
    .option('--pid <n>', 'this process and its children; may be repeated', repeatedPid)
    .option('--container <id>', 'the processes of a container on this machine')
    .option('--pod <namespace/name>', 'the processes of a pod on this node')
    .option('-o, --file <file>', 'where to (default: kv-trace-HOST-DATE-TIME.db in this folder)')
    .option('--duration <time>', 'end after: 30s, 10m', duration)
    .option('--all', 'keep every call, however short')
    .addOption(
      new Option('--min-duration <time>', 'keep calls that take at least this; all are counted')
        .argParser(micro)
        .default(100, '100us'),
    )
    .option('--sample <n>', 'keep every nth of the shorter ones as well', positive)
    .option('--stacks', 'keep the places in the code that calls came from')
    .option('--host', 'when threads did not run and why, disk, page faults, network (default)')
    .option('--no-host', 'CUDA only')
    .option('--nccl', 'collectives as well (default)')
    .option('--no-nccl', 'without collectives')
    .addOption(
      new Option('--max-size <size>', 'keep the file within: 500MB, 2GB; the oldest calls go first')
        .argParser(bytes)
        .default(1e9, '1GB'),
    )
    .optionsGroup('Names of pods:')
    .option('--kubeconfig <file>', 'kubeconfig file (default: KUBECONFIG, ~/.kube/config)')
    .option('--context <name>', 'kubeconfig context')
    .optionsGroup('Output:')
    .addOption(new Option('--output <format>', 'the summary').choices(['text', 'json']).default('text'))
    .option('--screen-reader', 'plain lines, everything said once')
    .optionsGroup('Other:')
    .addHelpText('after', EXAMPLES)
    .action(async (command: string[], options: RecordOptions, self: Command) => {
      const { recordTrace } = await import('../trace-record.ts');
      await recordTrace(command, options, () => self.helpInformation());
    });
}

function repeatedPid(text: string, others: number[] = []): number[] {
  return [...others, positive(text)];
}

/** `100us`, `1ms`, `2s` in microseconds. */
function micro(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(us|µs|ms|s)$/.exec(text.trim());
  if (!match) throw new InvalidArgumentError('Write it like 100us or 1ms.');
  const factor = { us: 1, µs: 1, ms: 1e3, s: 1e6 }[match[2]!]!;
  return Number(match[1]) * factor;
}

/** `500MB`, `2GB` in bytes; decimal units. */
function bytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(MB|GB|TB)$/i.exec(text.trim());
  const factor = { MB: 1e6, GB: 1e9, TB: 1e12 }[match?.[2]?.toUpperCase() ?? ''];
  const value = Number(match?.[1]) * (factor ?? Number.NaN);
  if (!(value >= SMALLEST_FILE)) throw new InvalidArgumentError('Write it like 500MB or 2GB; 10MB at least.');
  return value;
}

const SMALLEST_FILE = 10e6;

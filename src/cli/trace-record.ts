import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createRedactor, createVault } from '../policy/index.ts';
import { KvError, messageOf } from '../shared/errors.ts';
import { cleanText } from '../shared/text.ts';
import { cgroupsOf } from '../trace/places/index.ts';
import {
  checkHelper,
  findHelper,
  notReady,
  type Readiness,
  type RecordingOptions,
  type RecordingSummary,
  startRecording,
} from '../trace/recorder/index.ts';
import type { RecordOptions } from './commands/trace-record.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { Exit } from './program.ts';
import { helperCache, sudoUser } from './sudo.ts';
import { podLister, podNamed } from './trace-pods.ts';
import { accompany } from './trace-recording-run.ts';
import { printSummary } from './trace-summary.ts';

/** Folder with bpf/ and native/: beside src/ and dist/. */
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

/** `kv trace --cuda`: records, shows what happens, sums it up, and ends with the command's exit code if there is one. */
export async function recordTrace(
  command: readonly string[],
  options: RecordOptions,
  help: () => string,
): Promise<void> {
  if (!options.cuda && !options.check) return sayWhatToRecord(command, options, help);
  const helper = await findHelper({
    override: process.env.KV_TRACER || undefined,
    cacheDirectory: helperCache(process.env),
    sources: PACKAGE,
    path: process.env.PATH ?? '',
    platform: process.platform,
    arch: process.arch,
    say: sentence => void process.stderr.write(`${sentence}\n`),
  });
  const readiness = await checkHelper(helper);
  if (options.check) return printReadiness(readiness, options);
  if (!readiness.ok) throw notReady(readiness);

  const wanted = await wantedRecording(helper, command, options);
  const recording = await startRecording(wanted, {
    redact: createRedactor(createVault()).redactText,
    now: Date.now,
    path: process.env.PATH ?? '',
    listPods: await podLister(options, hostname()),
    owner: sudoUser(process.env),
  });
  await accompany(recording, wanted, options);
  const summary = await recording.done;
  const out = recording.command ? process.stderr : process.stdout;
  const { problem } = await summedUp(summary, options, out);
  if (recording.command) throw new Exit(await recording.command.exited);
  if (problem || summary.seen === 0) throw new Exit(EXIT_CODES.failed);
}

/** `kv trace` alone shows what there is; anything else without --cuda is a slip. */
function sayWhatToRecord(command: readonly string[], options: RecordOptions, help: () => string): void {
  const [word] = command;
  const hasTarget = options.pid || options.pod || options.container || options.file || options.duration;
  if (word === undefined && !hasTarget) {
    process.stdout.write(help());
    return;
  }
  throw new KvError(
    'usage',
    hasTarget ? 'kv trace was not told what to record.' : `There is no command "kv trace ${word}".`,
    { hint: 'To record, write kv trace --cuda; kv trace --help lists the rest.' },
  );
}

function printReadiness(readiness: Readiness, { output }: RecordOptions): void {
  if (output === 'json') process.stdout.write(`${JSON.stringify(readiness)}\n`);
  else if (readiness.ok) {
    const how = readiness.uprobeMulti
      ? ''
      : ' Its kernel takes probes one by one (before 6.6), which is slower.';
    process.stdout.write(`kv can record on this machine (Linux ${readiness.kernel}).${how}\n`);
  } else process.stdout.write(`${notReady(readiness).sentence}\n`);
  if (!readiness.ok) throw new Exit(EXIT_CODES.failed);
}

async function wantedRecording(
  helper: string,
  command: readonly string[],
  options: RecordOptions,
): Promise<RecordingOptions> {
  const { pid = [], container, pod, file } = options;
  if (file === '-') {
    throw new KvError('usage', 'A trace is a database and cannot go to standard output.', {
      hint: 'Name a file with -o; kv trace export writes other formats to standard output.',
    });
  }
  const targets = [command.length > 0, pid.length > 0, container !== undefined, pod !== undefined];
  if (targets.filter(Boolean).length > 1) {
    throw new KvError('usage', 'A recording has one kind of target.', {
      hint: 'Choose one of --pid, --container, --pod and a command after --.',
    });
  }
  const cgroups =
    container !== undefined
      ? await cgroupsOf({ container })
      : pod !== undefined
        ? await cgroupsOf({ pod: await podNamed(pod, options) })
        : [];
  return {
    helper,
    output: file ?? defaultName(new Date()),
    pids: pid,
    cgroups,
    command,
    all: options.all === true,
    stacks: options.stacks === true,
    host: options.host ?? true,
    nccl: options.nccl ?? true,
    minDurationUs: options.minDuration,
    sample: options.sample ?? 0,
    durationS: options.duration === undefined ? undefined : options.duration / 1000,
    maxBytes: options.maxSize,
  };
}

/** `kv-trace-gpu-7-20261121-113000.db`, in local time. */
function defaultName(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  const time = `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
  return `kv-trace-${hostname().replace(/[^\w.-]/g, '_')}-${day}-${time}.db`;
}

/** A file that cannot be read back is said, and costs a command neither its exit code nor what it printed. */
async function summedUp(
  summary: RecordingSummary,
  { output }: RecordOptions,
  out: NodeJS.WriteStream,
): Promise<{ problem: boolean }> {
  try {
    await printSummary(summary, { output, out });
    return { problem: false };
  } catch (error) {
    process.stderr.write(`kv: ${cleanText(messageOf(error))}\n`);
    return { problem: true };
  }
}

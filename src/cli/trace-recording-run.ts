import type { Recording, RecordingOptions } from '../trace/recorder/index.ts';
import type { RecordOptions } from './commands/trace-record.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Most commands that end on Ctrl+C have done so by then. */
const REMIND_MS = 1_000;

/**
 * Stays with a recording until its file is complete. A command keeps the terminal to itself, and kv says one line before
 * it starts; without one there is a live view on a terminal, and lines elsewhere.
 */
export async function accompany(
  recording: Recording,
  wanted: RecordingOptions,
  options: RecordOptions,
): Promise<void> {
  if (recording.command) return besideCommand(recording, wanted);
  const over = new AbortController();
  const finished = recording.done.finally(() => over.abort()).catch(() => {});
  const { runTraceView } = await import('../tui/trace/index.ts');
  try {
    await runTraceView(
      listener => recording.watch(listener),
      { what: targetOf(wanted), path: wanted.output },
      {
        stdin: process.stdin,
        stdout: process.stdout,
        stderr: process.stderr,
        env: process.env,
        screenReader: options.screenReader === true || options.output === 'json',
        signal: over.signal,
        onStop: () => void recording.stop().catch(() => {}),
      },
    );
  } finally {
    await recording.stop().catch(() => {});
    await finished;
  }
}

/**
 * Ctrl+C reaches the command as well, which decides what becomes of it; once it has ended, so does the recording. A
 * second one ends the recording whatever the command does. Other signals reach kv alone and are passed on.
 */
async function besideCommand(recording: Recording, { output, command }: RecordingOptions): Promise<void> {
  const { pid, exited } = recording.command!;
  process.stderr.write(`kv: recording ${command[0]} (process ${pid}) into ${output}\n`);
  let reminder: NodeJS.Timeout | undefined;
  const remind = () =>
    void process.stderr.write(`kv: ${command[0]} still runs; Ctrl+C again ends the recording alone\n`);
  const onSignal = (signal: NodeJS.Signals) => {
    if (signal !== 'SIGINT') passOn(pid, signal);
    if (reminder) void recording.stop().catch(() => {});
    reminder ??= setTimeout(remind, REMIND_MS);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    void recording.done.then(
      ({ exitCode }) => {
        if (exitCode === undefined)
          process.stderr.write(
            `kv: the recording has ended and ${output} is complete; ${command[0]} goes on\n`,
          );
      },
      () => {},
    );
    await exited;
    await recording.done.catch(() => {});
  } finally {
    clearTimeout(reminder);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

function passOn(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

function targetOf({ pids, cgroups }: RecordingOptions): string {
  if (pids.length === 1) return `process ${pids[0]} and its children`;
  if (pids.length > 1) return `processes ${pids.join(', ')} and their children`;
  return cgroups.length > 0 ? 'the processes of one container or pod' : 'every process that uses CUDA';
}

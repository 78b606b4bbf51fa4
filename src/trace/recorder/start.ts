import { cpus, hostname } from 'node:os';
import { WriterThread } from '../store/index.ts';
import { holdCommand } from './held-command.ts';
import { knownLibraries } from './libraries.ts';
import type { RecordingParts } from './parts.ts';
import { programPath } from './program-path.ts';
import type { Recording, RecordingOptions } from './recording.ts';
import { RunningRecording } from './running.ts';

/**
 * Starts kv-tracer, a thread that writes what it sends, and the command, which begins once its probes are in place.
 * Rejects with a KvError where the file cannot be made or the command does not exist; then nothing was started.
 */
export async function startRecording(options: RecordingOptions, parts: RecordingParts): Promise<Recording> {
  const [word] = options.command;
  const program = word === undefined ? undefined : await programPath(word, parts.path);
  const libraries = await knownLibraries(program, options.nccl);
  const writer = await WriterThread.start({
    path: options.output,
    maxBytes: options.maxBytes,
    host: { name: hostname(), cpuModel: cpus()[0]?.model, cpuCores: cpus().length },
    symbols: true,
    stacks: options.stacks,
    redact: parts.redact,
    owner: parts.owner,
  });
  const command = program === undefined ? undefined : await holdCommand(options.command);
  return new RunningRecording(options, parts, { writer, command, program, libraries });
}

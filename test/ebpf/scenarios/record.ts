import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import {
  type Chain,
  chains,
  type Finding,
  findings,
  openTrace,
  type TraceReader,
} from '../../../src/trace/index.ts';
import type { Recording, RecordingOptions, RecordingSummary } from '../../../src/trace/recorder/index.ts';
import { record } from '../../helpers/trace.ts';
import { Program } from '../support/program.ts';
import { builtFile } from '../support/start.ts';

export const scenarioFile = (name: string): string => builtFile(join('scenarios', name));

/** A folder that goes with the test. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'kv-scenario-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Starts a recording as `kv trace --cuda` does with its defaults. */
export const start = (output: string, options: Partial<RecordingOptions>): Promise<Recording> =>
  record({ helper: builtFile('kv-tracer'), output, ...options });

export async function open(path: string): Promise<TraceReader> {
  const reader = await openTrace(path);
  onTestFinished(() => reader.close());
  return reader;
}

export interface Recorded {
  reader: TraceReader;
  summary: RecordingSummary;
}

/** Records `train SCENARIO …` (programs/train.c) from its first call to its end. `env` are settings of programs/gpu.c. */
export async function train(
  args: readonly string[],
  env: Record<string, string> = {},
  options: Partial<RecordingOptions> = {},
): Promise<Recorded> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const output = join(folder(), 'trace.db');
  const recording = await start(output, { command: [scenarioFile('train'), ...args], ...options });
  vi.unstubAllEnvs();
  const summary = await recording.done;
  return { reader: await open(output), summary };
}

/** Until a file that is being written says that a library has probes, or never can have. */
export async function probed(path: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const reader = await openTrace(path);
      const found = reader.query("SELECT 1 FROM trace_libraries WHERE status IN ('attached', 'stripped')");
      reader.close();
      if (found.length === 0) throw new Error('no probes yet');
    },
    { timeout: 20_000, interval: 50 },
  );
}

/** Records a program that waits until it is told to begin, and has loaded the stub of libcudart by then. */
export async function recordProgram(
  program: Program,
  options: Partial<RecordingOptions> = {},
): Promise<TraceReader> {
  const output = join(folder(), 'trace.db');
  const recording = await start(output, { pids: [program.pid], ...options });
  await probed(output);
  await program.finish();
  await recording.stop();
  return open(output);
}

/** Another program on the first CPU, for as long as the test lasts. */
export async function neighbour(name: string, how: 'busy' | 'idle'): Promise<Program> {
  const program = new Program(scenarioFile('neighbour'), [name, how]);
  onTestFinished(() => program[Symbol.asyncDispose]());
  await program.line();
  return program;
}

/** A machine that others use too lets single calls be slow; what matters costs more than this. */
const WORTH_A_WORD_MS = 8;

export const blamed = (reader: TraceReader): Chain[] =>
  chains(reader).filter(chain => chain.excessMs >= WORTH_A_WORD_MS);

/**
 * `cause of function` for each chain, then the kind of each finding: all that a person would be told. But for calls
 * that took long while their thread ran: where the machine itself is a guest, its host takes the CPU away unseen.
 */
export function told(reader: TraceReader): string[] {
  const found: Finding[] = findings(reader);
  const chains = blamed(reader).filter(({ cause }) => cause !== 'on-cpu');
  return [...chains.map(({ cause, fn }) => `${cause} of ${fn}`), ...found.map(({ kind }) => kind)];
}

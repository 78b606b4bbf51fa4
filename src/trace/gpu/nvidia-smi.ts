import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { KvError } from '../../shared/errors.ts';
import {
  FACT_FIELDS,
  type GpuFacts,
  type GpuReading,
  parseFacts,
  parseReading,
  READING_FIELDS,
} from './parse.ts';

/** How long nvidia-smi may take to name the GPUs; without its persistence daemon the driver starts up first. */
const FACTS_TIMEOUT_MS = 20_000;
const FORMAT = '--format=csv,noheader,nounits';

export interface GpuTool {
  /** Path or name of nvidia-smi. */
  command?: string;
}

/** The GPUs of this machine; none where nvidia-smi is missing, fails or hangs: a recording goes on without. */
export async function gpuFacts(
  { command = 'nvidia-smi' }: GpuTool = {},
  signal: AbortSignal = AbortSignal.timeout(FACTS_TIMEOUT_MS),
): Promise<GpuFacts[]> {
  const lines = linesOf(command, [`--query-gpu=${FACT_FIELDS.join(',')}`, FORMAT], signal);
  const facts: GpuFacts[] = [];
  try {
    for await (const line of lines) {
      const gpu = parseFacts(line);
      if (gpu) facts.push(gpu);
    }
  } catch {
    return [];
  }
  return facts;
}

/**
 * Readings of every GPU each `intervalMs`, from one nvidia-smi that runs all the while, until `signal` aborts, which
 * ends the iteration in order. Throws a KvError where nvidia-smi cannot be run or ends by itself.
 */
export async function* sampleGpus(
  intervalMs: number,
  signal: AbortSignal,
  { command = 'nvidia-smi' }: GpuTool = {},
): AsyncGenerator<GpuReading> {
  const query = [`--query-gpu=${READING_FIELDS.join(',')}`, FORMAT, '-lms', String(Math.round(intervalMs))];
  try {
    for await (const line of linesOf(command, query, signal)) {
      const reading = parseReading(line);
      if (reading) yield reading;
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  if (!signal.aborted) {
    throw new KvError('failed', 'nvidia-smi ended, so there are no further readings of the GPU.', {
      hint: 'nvidia-smi alone says whether the driver answers.',
    });
  }
}

async function* linesOf(
  command: string,
  args: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], signal, killSignal: 'SIGKILL' });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => (code === 0 ? resolve() : reject(new Error(`exit code ${code}`))));
  });
  // Awaited below; a reader who stops early does not get there.
  ended.catch(() => {});
  try {
    for await (const line of createInterface({ input: child.stdout })) yield line;
    await ended;
  } catch (error) {
    throw new KvError('failed', `${command} cannot be run: ${(error as Error).message}.`, {
      hint: 'It comes with the NVIDIA driver.',
      cause: error,
    });
  } finally {
    child.kill('SIGKILL');
  }
}

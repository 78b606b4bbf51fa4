import { join } from 'node:path';
import { inject } from 'vitest';
import { Program } from './program.ts';
import { Tracer } from './tracer.ts';

export const builtFile = (name: string): string => join(inject('built'), name);

/** A program that has said that it is ready. */
export async function startProgram(
  args: readonly (string | number)[],
  options: { env?: Record<string, string>; name?: string; cpu?: number } = {},
): Promise<Program> {
  const command = [builtFile(options.name ?? 'program'), ...args.map(String)];
  if (options.cpu !== undefined) command.unshift('taskset', '-c', String(options.cpu));
  const program = new Program(command[0]!, command.slice(1), options.env);
  await program.line();
  return program;
}

export const startTracer = (...args: readonly string[]): Tracer => new Tracer(builtFile('kv-tracer'), args);

/** A tracer of this program alone, which already sees it. */
export async function trace(program: Program, ...args: readonly string[]): Promise<Tracer> {
  const tracer = startTracer('--pid', String(program.pid), ...args);
  await tracer.attached('libcudart.so.13');
  await tracer.attached('libcuda.so.1');
  return tracer;
}

import type { Program } from './program.ts';
import { startProgram, startTracer } from './start.ts';
import type { Tracer } from './tracer.ts';

/** A program of test/ebpf/stubs/kernel.c that is recorded from before its work begins. */
export interface Recorded extends AsyncDisposable {
  program: Program;
  tracer: Tracer;
}

export async function recordKernel(
  args: readonly (string | number)[],
  ...options: readonly string[]
): Promise<Recorded> {
  const program = await startProgram(args, { name: 'kernel' });
  const tracer = startTracer('--pid', String(program.pid), ...options);
  await tracer.following(program.pid);
  return {
    program,
    tracer,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await tracer[Symbol.asyncDispose]();
    },
  };
}

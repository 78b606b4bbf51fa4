import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { openTrace, type StackReport, stackReport } from '../../src/trace/index.ts';
import { TraceWriter } from '../../src/trace/store/index.ts';
import { Symbolizer } from '../../src/trace/symbols/index.ts';
import type { Program } from './support/program.ts';
import { startProgram, startTracer } from './support/start.ts';
import type { Tracer } from './support/tracer.ts';

interface Read {
  report: StackReport;
  kernels: string[];
}

/** What a file says in which this recording has been written while the program still ran. */
async function written(tracer: Tracer, resolver: Symbolizer): Promise<Read> {
  const path = join(mkdtempSync(join(tmpdir(), 'kv-symbols-')), 'trace.db');
  const writer = TraceWriter.create(path, { maxBytes: 1e9, resolver, stacks: true });
  writer.write(tracer.records);
  writer.finish('test');
  const reader = await openTrace(path);
  try {
    const kernels = reader.query<{ kernel: string }>(
      'SELECT DISTINCT kernel FROM trace_calls WHERE kernel IS NOT NULL',
    );
    return { report: stackReport(reader), kernels: kernels.map(row => row.kernel) };
  } finally {
    reader.close();
  }
}

async function record(program: Program, library: string): Promise<Read> {
  await using tracer = startTracer('--pid', String(program.pid), '--all', '--stacks');
  await tracer.attached(library);
  await program.finish();
  await tracer.stop();
  const symbolizer = new Symbolizer();
  try {
    return await written(tracer, symbolizer);
  } finally {
    symbolizer.close();
  }
}

test.each([
  ['program', 'libcudart.so.13'],
  ['program-static', 'program-static'],
])(
  'calls of %s are told by the functions that made them, launches by their kernel',
  async (name, library) => {
    await using program = await startProgram(['work', 2, 1], { name });
    const { report, kernels } = await record(program, library);

    expect(kernels).toEqual(['kernel']);
    expect(report.withStack).toBe(report.calls);
    expect(report.sites.map(({ site }) => site)).toEqual([`work (${basename(name)})`]);
    const launches = report.functions.find(({ fn }) => fn === 'cudaLaunchKernel')!;
    expect(launches.stacks[0]!.frames.slice(0, 2)).toEqual(['cudaLaunchKernel', `work (${name})`]);
  },
);

test('nested functions stand in the order in which they called', async () => {
  await using program = await startProgram(['nest', 2, 3]);
  const { report } = await record(program, 'libcudart.so.13');

  const here = report.functions
    .find(({ fn }) => fn === 'cudaMalloc')!
    .stacks.map(({ frames }) => frames.slice(0, 6));
  const nest = Array.from({ length: 3 }, () => 'nest (program)');
  expect(here).toContainEqual(['cudaMalloc', ...nest, 'allocate_here (program)', 'nest_twice (program)']);
  expect(here).toContainEqual(['cudaMalloc', ...nest, 'allocate_there (program)', 'nest_twice (program)']);
});

test('a stripped program has modules and offsets instead', async () => {
  await using program = await startProgram(['work', 1, 1], { name: 'program-stripped' });
  const { report } = await record(program, 'libcudart.so.13');

  expect(report.sites[0]!.site).toMatch(/^program-stripped\+0x[0-9a-f]+$/);
});

import { expect, it } from 'vitest';
import { stacksText } from '../../src/cli/trace-stacks.ts';
import { openTrace, stackReport } from '../../src/trace/index.ts';
import { recordedFile } from './recorded.ts';

const INGERO = new URL('../fixtures/traces/pytorch-dataloader-starvation.db', import.meta.url).pathname;

it('names the innermost place that is the program’s own, in Python and in C', async () => {
  const reader = await openTrace(recordedFile());
  const { sites, calls, withStack } = stackReport(reader);
  // The nested driver call is the runtime call's own time.
  expect([calls, withStack]).toEqual([6, 4]);
  expect(sites).toEqual([
    { site: 'Trainer.step (train.py:42)', calls: 2, totalMs: 6, maxMs: 5, functions: ['cudaMemcpyAsync'] },
    { site: 'stage_batch (loader)', calls: 1, totalMs: 2, maxMs: 2, functions: ['cudaMemcpyAsync'] },
    { site: 'libfast.so+0x60', calls: 1, totalMs: 1, maxMs: 1, functions: ['cudaMemcpyAsync'] },
  ]);
  reader.close();
});

it('lists the stacks of a function, innermost first, and only the asked for', async () => {
  const reader = await openTrace(recordedFile());
  const [copies] = stackReport(reader, { fn: 'memcpy', limit: 1 }).functions;
  expect(copies).toMatchObject({ fn: 'cudaMemcpyAsync', calls: 4, totalMs: 9 });
  expect(copies!.stacks).toEqual([
    {
      calls: 2,
      totalMs: 6,
      maxMs: 5,
      cut: false,
      frames: [
        'cudaMemcpyAsync',
        'at::native::copy_ (libtorch_cpu.so)',
        'Linear.forward (linear.py:125)',
        'Trainer.step (train.py:42)',
        '__libc_start_main (libc.so.6)',
      ],
    },
  ]);
  expect(stackReport(reader, { fromMs: 11, toMs: 14 }).sites.map(({ site }) => site)).toEqual([
    'stage_batch (loader)',
  ]);
  expect(stackReport(reader, { pid: 1 }).functions).toEqual([]);
  reader.close();
});

it('says which library hides the callers, and how many calls have no stack', async () => {
  const reader = await openTrace(recordedFile());
  const { notes } = stackReport(reader);
  expect(notes).toEqual([
    '4 calls of 6 have a stack.',
    '1 of 3 stacks end inside libfast.so: it is built without frame pointers, so its callers are not to be seen.',
  ]);
  expect(stackReport(reader, { fn: 'cudaMalloc' }).notes).toEqual([
    '0 calls of 1 have a stack. Record with kv trace --cuda --stacks.',
  ]);
  reader.close();
});

it('draws stacks laid over each other, branches marked, within the width', async () => {
  const reader = await openTrace(recordedFile());
  const text = stacksText(stackReport(reader), 80);
  expect(text).toContain(
    [
      '    total    calls  stack',
      '     8 ms        3  ▸ __libc_start_main (libc.so.6)',
      '     6 ms        2    ▸ Trainer.step (train.py:42)',
      '                        Linear.forward (linear.py:125)',
      '                        at::native::copy_ (libtorch_cpu.so)',
      '                        cudaMemcpyAsync',
      '     2 ms        1    ▸ stage_batch (loader)',
      '                        cudaMemcpyAsync',
      '     1 ms        1  ▸ libfast.so+0x60',
      '                      cudaMemcpyAsync',
    ].join('\n'),
  );
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  reader.close();
});

it('reads the stacks of Ingero’s databases, demangled', async () => {
  const reader = await openTrace(INGERO);
  const { sites, functions, notes } = stackReport(reader);
  expect(sites[0]).toMatchObject({ site: 'at::native::copy_ (libtorch_cpu.so)', calls: 35 });
  const copies = functions.find(({ fn }) => fn === 'cudaMemcpyAsync');
  expect(copies?.stacks[0]?.frames).toEqual([
    'cudaMemcpyAsync',
    'at::native::copy_kernel_cuda (libtorch_cuda.so)',
    'at::native::copy_impl (libtorch_cpu.so)',
    'at::native::copy_ (libtorch_cpu.so)',
  ]);
  expect(notes).toEqual([]);
  reader.close();
});

import type { CodeRecord, MappingRecord, StackRecord } from '../../src/trace/record/types.ts';
import type { FrameResolver } from '../../src/trace/store/index.ts';
import { TraceWriter } from '../../src/trace/store/index.ts';
import {
  call,
  functions,
  MAX_BYTES,
  meta,
  nested,
  newPath,
  offCpu,
  PID,
  process,
} from '../trace-store/records.ts';

export const MAIN = PID;
export const WORKER = PID + 1;
const ms = (value: number) => value * 1_000_000;

/** Addresses by the name and the file that they have in these tests. */
const PLACES: Record<number, [name: string | undefined, module: string]> = {
  16: ['cudaMemcpyAsync', '/usr/lib/libcudart.so.12'],
  32: ['at::native::copy_', '/venv/torch/lib/libtorch_cpu.so'],
  48: ['_PyEval_EvalFrameDefault', '/usr/lib/libpython3.13.so.1.0'],
  64: ['__libc_start_main', '/usr/lib/libc.so.6'],
  80: ['stage_batch', '/app/loader'],
  96: [undefined, '/app/libfast.so'],
};

/** Stands for the symbolizer, whose processes would have to run. */
const fakeResolver: FrameResolver = {
  mapping: (_: MappingRecord) => {},
  forget: () => {},
  resolve: (_, address) => {
    // Asked for the call before the place that it returns to.
    const [name, module] = PLACES[address + 1]!;
    return { kind: 'native', name, module, offset: address + 1 };
  },
};

const code = (id: number, name: string, file: string): CodeRecord => ({
  type: 'code',
  id,
  pid: PID,
  firstLine: 1,
  name,
  file,
});

const stack = (
  id: number,
  addresses: number[],
  python: Array<[code: number, line: number]> = [],
): StackRecord => ({
  type: 'stack',
  id,
  pid: PID,
  timeNs: 0,
  cut: false,
  addresses,
  python: python.map(([code, line]) => ({ code, line })),
});

/**
 * A file as the recorder writes it: two threads, nested calls that begin together, a stretch off CPU across none of
 * them, a failure, samples of a GPU, an event, stacks of C and of Python.
 */
export function recordedFile(): string {
  const path = newPath();
  const writer = TraceWriter.create(path, { maxBytes: MAX_BYTES, resolver: fakeResolver, stacks: true });
  const torch = [0x10, 0x20, 0x30, 0x40];
  writer.write([
    meta,
    ...functions,
    process('seen', { comm: 'python3' }),
    code(1, 'Linear.forward', '/venv/lib/python3.13/site-packages/torch/nn/linear.py'),
    code(2, 'Trainer.step', '/app/train.py'),
    stack(1, torch, [
      [1, 125],
      [2, 42],
    ]),
    stack(2, [0x10, 0x50, 0x40]),
    stack(3, [0x10, 0x60]),
    nested('cuMemAlloc_v2', ms(1), ms(1), { durationNs: 700_000 }),
    call('cudaMalloc', ms(1), { durationNs: 900_001, sizeBytes: 4096, first: true }),
    call('cudaMemcpyAsync', ms(4), {
      durationNs: ms(5),
      sizeBytes: 1e6,
      copyKind: 'host-to-device',
      stack: 1,
    }),
    call('cudaMemcpyAsync', ms(10), {
      durationNs: ms(1),
      sizeBytes: 1e6,
      copyKind: 'host-to-device',
      stack: 1,
    }),
    call('cudaMemcpyAsync', ms(12), { durationNs: ms(2), tid: WORKER, stack: 2 }),
    call('cudaMemcpyAsync', ms(15), { durationNs: ms(1), tid: WORKER, stack: 3 }),
    call('cudaStreamSynchronize', ms(20), { durationNs: ms(3), stream: 0x55, failed: true, result: 700 }),
    offCpu(ms(21), ms(22)),
    {
      type: 'event',
      kind: 'oom-kill',
      pid: PID,
      tid: PID,
      comm: 'python3',
      startNs: ms(24),
      durationNs: 0,
      sizeBytes: 1e9,
      address: 0,
      disk: undefined,
      code: 0,
      other: 9,
      remote: undefined,
    },
  ]);
  writer.addProcessPlace(PID, { namespace: 'ml', pod: 'train-0', container: 'trainer' });
  writer.addGpus([{ id: 0, name: 'NVIDIA H100' }]);
  writer.addSamples([{ atNs: ms(5), name: 'gpu_util_pct', value: 97, gpu: 0 }]);
  writer.finish('test');
  return path;
}

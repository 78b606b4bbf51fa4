import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type GpuReading, gpuFacts, sampleGpus } from '../../src/trace/gpu/index.ts';

/** In the format of `nvidia-smi --format=csv,noheader,nounits`: megabytes, and words where there is no value. */
const FACTS = `0, GPU-5f1d0c1e-8a3b-2b7e-9e6d-0c7f3b1a2d4e, NVIDIA H100 80GB HBM3, 550.54.15, 81559
1, GPU-11111111-8a3b-2b7e-9e6d-0c7f3b1a2d4e, NVIDIA GB10, 580.95.05, [N/A]
`;
const READINGS = `0, 97, 40960, 1980, 2619, 61, 512.33, 0x0000000000000004
1, [N/A], [Not Supported], 208, [Unknown Error], 44, [N/A], 0x0000000000000000
No devices were found
`;

/** Stands for nvidia-smi, which needs a GPU: prints facts, or readings over and over when it is asked to. */
function fakeNvidiaSmi(then: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'kv-gpu-'));
  const path = join(folder, 'fake-nvidia-smi');
  writeFileSync(join(folder, 'facts'), FACTS);
  writeFileSync(join(folder, 'readings'), READINGS);
  writeFileSync(
    path,
    `#!/bin/sh\nfor last; do :; done\necho "$@" > "$0.args"; echo $$ > "$0.pid"\ncase "$*" in\n*-lms*) cat "$(dirname "$0")/readings"; ${then} ;;\n*) cat "$(dirname "$0")/facts" ;;\nesac\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

it('reads what GPUs there are', async () => {
  expect(await gpuFacts({ command: fakeNvidiaSmi('exit 0') })).toEqual([
    {
      index: 0,
      uuid: 'GPU-5f1d0c1e-8a3b-2b7e-9e6d-0c7f3b1a2d4e',
      name: 'NVIDIA H100 80GB HBM3',
      driver: '550.54.15',
      memoryBytes: 81_559 * 2 ** 20,
    },
    expect.objectContaining({ index: 1, name: 'NVIDIA GB10', memoryBytes: undefined }),
  ]);
});

it('has none where there is no nvidia-smi, or where it fails or hangs', async () => {
  expect(await gpuFacts({ command: '/nowhere/nvidia-smi' })).toEqual([]);
  expect(await gpuFacts({ command: 'false' })).toEqual([]);
  expect(await gpuFacts({ command: fakeNvidiaSmi('exit 0') }, AbortSignal.abort())).toEqual([]);
});

it('reads on from one nvidia-smi until it is told to stop, and leaves out what a GPU does not measure', async () => {
  const command = fakeNvidiaSmi('exec sleep 60');
  const stop = new AbortController();
  const seen: GpuReading[] = [];
  for await (const reading of sampleGpus(250, stop.signal, { command })) {
    seen.push(reading);
    if (seen.length === 2) stop.abort();
  }
  expect(seen).toEqual([
    {
      index: 0,
      values: {
        gpu_util_pct: 97,
        gpu_memory_bytes: 40_960 * 2 ** 20,
        gpu_sm_mhz: 1980,
        gpu_memory_mhz: 2619,
        gpu_temperature_c: 61,
        gpu_power_w: 512.33,
        gpu_throttle: 4,
      },
    },
    { index: 1, values: { gpu_sm_mhz: 208, gpu_temperature_c: 44, gpu_throttle: 0 } },
  ]);
  expect(readFileSync(`${command}.args`, 'utf8')).toContain('-lms 250');
});

it('leaves no nvidia-smi behind where the reader goes away', async () => {
  const command = fakeNvidiaSmi('exec sleep 60');
  for await (const _ of sampleGpus(250, new AbortController().signal, { command })) break;
  const pid = Number(readFileSync(`${command}.pid`, 'utf8'));
  await expect.poll(() => isRunning(pid)).toBe(false);
});

it('says so where nvidia-smi cannot be run, and where it ends', async () => {
  const all = async (command: string) => {
    for await (const _ of sampleGpus(250, new AbortController().signal, { command }));
  };
  await expect(all('/nowhere/nvidia-smi')).rejects.toThrow('/nowhere/nvidia-smi cannot be run');
  await expect(all(fakeNvidiaSmi('exit 9'))).rejects.toThrow('exit code 9');
  await expect(all(fakeNvidiaSmi('exit 0'))).rejects.toThrow('nvidia-smi ended');
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

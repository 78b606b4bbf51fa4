import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { createSandbox } from '../../src/sandbox/index.ts';
import type { Sandbox, SandboxLimits } from '../../src/sandbox/port.ts';
import { DECLARATIONS, LIMITS, NAMES } from '../sandbox/harness.ts';
import type { Figure } from './figure.ts';

const limits: SandboxLimits = { ...LIMITS, memoryBytes: 128 * 1024 * 1024, cpuMs: 10_000 };
const signal = new AbortController().signal;
const SCRIPT = `
const { items } = await k8s.list({ kind: 'Pod' });
const broken = items.filter(pod => pod.phase !== 'Running');
return { total: items.length, broken: broken.map(pod => pod.name) };`;
const FIFTY = `return (await Promise.all(Array.from({ length: 50 }, () => k8s.list({ kind: 'Pod' })))).length`;

/** What the sandbox costs: overhead of a warm script, parallel calls, type-check, cold start. */
export async function sandboxFigures(): Promise<Figure[]> {
  const bare = median(await workerRoundTrips());
  const cold = await sample(3, async () => {
    const sandbox = newSandbox();
    await run(sandbox, 'return 1');
    await sandbox.close();
  });
  const sandbox = newSandbox();
  await sandbox.check(SCRIPT, signal);
  let edit = 0;
  const check = await sample(40, () => sandbox.check(`${SCRIPT}\n// ${edit++}`, signal));
  await sample(30, () => run(sandbox, SCRIPT));
  const warm = await sample(200, () => run(sandbox, SCRIPT));
  const fifty = await sample(10, () => run(sandbox, FIFTY, 100));
  await sandbox.close();
  const trip = `${bare.toFixed(2)} ms bare worker round trip`;
  return [
    figure('overhead of a warm script with one call, p50', median(warm) - bare, trip, '≤ 10 ms'),
    figure('50 calls of 100 ms, p50', median(fifty), '100 ms, one call', '≤ 160 ms', 100),
    figure('type-check of a changed script, p50', median(check), '', ''),
    figure('cold start: new sandbox, first script', median(cold), '', ''),
  ];
}

function figure(what: string, ms: number, reference: string, target: string, base?: number): Figure {
  const ratio = base === undefined ? '' : (ms / base).toFixed(2);
  return { what, measured: `${ms.toFixed(1)} ms`, reference, ratio, target };
}

async function sample(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return times;
}

function median(times: number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

async function workerRoundTrips(): Promise<number[]> {
  const echo = `const { parentPort } = require('node:worker_threads'); parentPort.on('message', m => parentPort.postMessage(m));`;
  const worker = new Worker(echo, { eval: true });
  const ping = async () => {
    worker.postMessage({ type: 'run', code: SCRIPT });
    await once(worker, 'message');
  };
  await sample(20, ping);
  const times = await sample(200, ping);
  await worker.terminate();
  return times;
}

function newSandbox(): Sandbox {
  return createSandbox({ declarations: DECLARATIONS, catalogNames: NAMES });
}

function run(sandbox: Sandbox, code: string, delayMs = 0) {
  return sandbox.run({
    code,
    limits,
    signal,
    call: async () => {
      if (delayMs > 0) await new Promise(resolve => setTimeout(resolve, delayMs));
      return '{"items":[{"name":"web-1","phase":"Running"},{"name":"web-2","phase":"Pending"}]}';
    },
  });
}

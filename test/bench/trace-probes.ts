import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openTrace } from '../../src/trace/index.ts';
import { Program } from '../ebpf/support/program.ts';
import { Tracer } from '../ebpf/support/tracer.ts';
import { record } from '../helpers/trace.ts';
import type { Figure } from './figure.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const CALLS = 400_000;
/** The least of several rounds is what the machine's other work disturbed least. */
const ROUNDS = 3;
const PROBED = 'cudaEventRecord';

/**
 * What recording costs a program, against the same program unprobed and under bpftrace, and how much of a flood of
 * calls arrives in the file. Needs root, what native/Makefile needs, and bpftrace.
 */
export async function probeFigures(folder: string): Promise<Figure[]> {
  build(folder);
  const costs = await nanosecondsPerCall(folder);
  const bare = costs.unprobed;
  const cost = (what: string, ns: number, target: string): Figure => ({
    what: `a probed call, ${what}`,
    measured: `${ns.toFixed(0)} ns`,
    reference: `bpftrace, a histogram ${costs.bpftrace.toFixed(0)} ns; unprobed ${bare.toFixed(1)} ns`,
    ratio: ((ns - bare) / (costs.bpftrace - bare)).toFixed(2),
    target,
  });
  return [
    cost('counted', costs.counted, '1 × bpftrace'),
    cost('sent', costs.sent, '-'),
    cost('sent with its stack', costs.stacks, '-'),
    await intoFile(folder, 1_500_000, 300),
    await intoFile(folder, 1_000_000, undefined),
  ];
}

function build(folder: string): void {
  const stubs = join(root, 'test/ebpf/stubs/build.sh');
  for (const [command, ...args] of [
    ['make', '--silent', '-C', join(root, 'native'), `OUT=${folder}`],
    ['sh', stubs, folder],
  ] as const) {
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr}`);
  }
}

async function nanosecondsPerCall(folder: string) {
  const best = {
    unprobed: Infinity,
    counted: Infinity,
    sent: Infinity,
    stacks: Infinity,
    bpftrace: Infinity,
  };
  const tracer = (...options: string[]) => withTracer(folder, options);
  for (let round = 0; round < ROUNDS; round++) {
    best.unprobed = Math.min(best.unprobed, await costOf(folder, async () => async () => {}));
    best.counted = Math.min(best.counted, await costOf(folder, tracer('--no-host')));
    best.sent = Math.min(best.sent, await costOf(folder, tracer('--no-host', '--all')));
    best.stacks = Math.min(best.stacks, await costOf(folder, tracer('--no-host', '--all', '--stacks')));
    best.bpftrace = Math.min(best.bpftrace, await costOf(folder, withBpftrace(folder)));
  }
  return best;
}

type Watch = (pid: number) => Promise<() => Promise<void>>;

/** Nanoseconds of CPU that one call takes the program itself while it is watched. */
async function costOf(folder: string, watch: Watch): Promise<number> {
  await using program = new Program(join(folder, 'program'), ['cost', String(CALLS)]);
  await program.line();
  const end = await watch(program.pid);
  program.go();
  const ns = Number(await program.line());
  await end();
  return ns;
}

function withTracer(folder: string, options: readonly string[]): Watch {
  return async pid => {
    const tracer = new Tracer(join(folder, 'kv-tracer'), ['--pid', String(pid), ...options]);
    await tracer.attached('libcudart.so.13');
    return async () => {
      await tracer.stop();
    };
  };
}

/** The same in bpftrace: how long each call took, in a histogram. */
function withBpftrace(folder: string): Watch {
  const at = `${join(folder, 'libcudart.so.13')}:${PROBED}`;
  const script = `uprobe:${at} { @began[tid] = nsecs; }
uretprobe:${at} /@began[tid]/ { @took = hist(nsecs - @began[tid]); delete(@began[tid]); }
interval:ms:200 { printf("ready\\n"); }`;
  return async pid => {
    const child = spawn('bpftrace', ['-p', String(pid), '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(child, 'close');
    for await (const line of createInterface({ input: child.stdout })) if (line === 'ready') break;
    child.stdout.resume();
    return async () => {
      child.kill('SIGINT');
      await closed;
    };
  };
}

/** Whether the file, which is being written, says that the library has probes. */
async function hasProbes(file: string): Promise<boolean> {
  const reader = await openTrace(file).catch(() => undefined);
  const placed = reader?.query(
    `SELECT 1 FROM trace_libraries WHERE status = 'attached' AND kind = 'runtime'`,
  );
  reader?.close();
  return placed !== undefined && placed.length > 0;
}

/** One thread that does nothing but call, so often a millisecond or as it can, recorded call by call into a file. */
async function intoFile(folder: string, calls: number, perMs: number | undefined): Promise<Figure> {
  const output = join(folder, `calls-${perMs ?? 'flood'}.db`);
  const order = perMs === undefined ? ['flood', calls, 1] : ['pace', calls, perMs];
  const program = new Program(join(folder, 'program'), order.map(String));
  await program.line();
  const only = { host: false, nccl: false, minDurationUs: 0, maxBytes: 64e9 };
  const recording = await record({
    helper: join(folder, 'kv-tracer'),
    output,
    pids: [program.pid],
    all: true,
    ...only,
  });
  while (!(await hasProbes(output))) await delay(100);
  const began = performance.now();
  await program.finish();
  const called = (performance.now() - began) / 1e3;
  const { calls: kept, dropped } = await recording.stop();
  const took = (performance.now() - began) / 1e3;
  await program.end();
  const lost = dropped.reduce((sum, { count }) => sum + count, 0);
  return {
    what: `${perMs === undefined ? 'as many calls as one thread can make' : `${perMs * 1_000} calls/s of one thread`}, into a file: ${kept.toLocaleString('en')} kept, ${lost.toLocaleString('en')} counted as lost`,
    measured: `${Math.round(kept / took / 1e3)},000/s`,
    reference: `the program made ${Math.round(calls / called / 1e3)},000/s; ${(statSync(output).size / kept).toFixed(1)} bytes each`,
    ratio: (took / called).toFixed(2),
    target: perMs === undefined ? '-' : 'none lost',
  };
}

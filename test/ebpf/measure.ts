/**
 * What recording costs, and how fast it can be: `node test/ebpf/measure.ts FOLDER`, as root, where FOLDER holds what
 * `make -C native OUT=FOLDER` and `sh test/ebpf/stubs/build.sh FOLDER` build. All figures come from one run, so that
 * their ratios hold on a busy machine too.
 */
import { join, resolve } from 'node:path';
import { Program } from './support/program.ts';
import { Tracer } from './support/tracer.ts';

const CALLS = 400_000;
/** The least of several rounds is what the machine's other work disturbed least. */
const ROUNDS = 3;
const folder = resolve(process.argv[2] ?? '.');
const file = (name: string) => join(folder, name);

async function nsPerCall(options: readonly string[] | undefined): Promise<number> {
  await using program = new Program(file('program'), ['cost', String(CALLS)]);
  await program.line();
  await using tracer = options && new Tracer(file('kv-tracer'), ['--pid', String(program.pid), ...options]);
  await tracer?.attached('libcudart.so.13');
  program.go();
  const ns = Number(await program.line());
  await tracer?.stop();
  return ns;
}

async function throughput(threads: number): Promise<string> {
  await using program = new Program(file('program'), ['flood', String(CALLS), String(threads)]);
  await program.line();
  await using tracer = new Tracer(file('kv-tracer'), ['--pid', String(program.pid), '--all', '--no-host']);
  await tracer.attached('libcudart.so.13');
  const began = performance.now();
  await program.finish();
  await tracer.stop();
  const seconds = (performance.now() - began) / 1000;
  const calls = tracer.of('call').length;
  const lost = tracer.lost('calls') + tracer.lost('queue');
  return `${Math.round(calls / seconds).toLocaleString('en')} calls/s decoded, ${lost} of ${CALLS * threads} lost`;
}

const ways = {
  unprobed: undefined,
  counted: [],
  sampled: ['--sample', '100'],
  'every call sent': ['--all'],
  'with stacks': ['--all', '--stacks'],
  'without host': ['--no-host'],
  'by perf events': ['--perf'],
};
const best = new Map<string, number>();
for (let round = 0; round < ROUNDS; round++) {
  for (const [way, options] of Object.entries(ways)) {
    best.set(way, Math.min(best.get(way) ?? Number.POSITIVE_INFINITY, await nsPerCall(options)));
  }
}
for (const [way, ns] of best) {
  const ratio = Math.round(ns / best.get('unprobed')!);
  console.log(`${way.padEnd(19)} ${ns.toFixed(1)} ns a call, ${ratio} times the unprobed stub`);
}
for (const threads of [1, 2]) console.log(`${threads} thread(s)         ${await throughput(threads)}`);

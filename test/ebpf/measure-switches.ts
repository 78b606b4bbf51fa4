/**
 * What recording costs a program that does nothing but change threads: `node test/ebpf/measure-switches.ts FOLDER`, as
 * root, with the FOLDER of measure.ts. Two threads hand each other the turn over pipes; a turn is two switches. The ways
 * take turns too, and each counts its quickest round, so that their ratios hold on a busy machine.
 */
import { join, resolve } from 'node:path';
import { Program } from './support/program.ts';
import { Tracer } from './support/tracer.ts';

const TURNS = 100_000;
const ROUNDS = 5;
const folder = resolve(process.argv[2] ?? '.');
const ways: Record<string, readonly string[] | undefined> = {
  'not recorded': undefined,
  'without host': ['--no-host'],
  'from 10 µs on': [],
  'every stretch': ['--min-off-cpu-us', '0'],
};

async function nsPerTurn(options: readonly string[] | undefined): Promise<number> {
  await using program = new Program('taskset', [
    '-c',
    '0',
    join(folder, 'kernel'),
    'switches',
    '-',
    String(TURNS),
  ]);
  await program.line();
  const pid = ['--pid', String(program.pid)];
  await using tracer = options && new Tracer(join(folder, 'kv-tracer'), [...pid, ...options]);
  await tracer?.following(program.pid);
  program.go();
  const ns = Number((await program.line()).split(' ')[1]);
  await tracer?.stop();
  return ns;
}

const best = new Map<string, number>();
for (let round = 0; round < ROUNDS; round++)
  for (const [way, options] of Object.entries(ways))
    best.set(way, Math.min(best.get(way) ?? Infinity, await nsPerTurn(options)));
const base = best.get('not recorded')!;
for (const [way, ns] of best)
  console.log(`${way.padEnd(14)} ${ns} ns a turn, ${(ns / base).toFixed(2)} times`);

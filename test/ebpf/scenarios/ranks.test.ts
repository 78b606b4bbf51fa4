import { expect, test } from 'vitest';
import { findings, type TraceReader } from '../../../src/trace/index.ts';
import { neighbour, train } from './record.ts';

/** The process that programs/train.c makes late. */
function lateRank(reader: TraceReader): number {
  const ranks = reader.query<{ pid: number }>(
    `SELECT DISTINCT c.pid FROM trace_calls c WHERE c.kind = 'collective' ORDER BY c.pid`,
  );
  expect(ranks).toHaveLength(3);
  return ranks[1]!.pid;
}

test('the rank that sleeps before its collectives is named, with what the others waited', async () => {
  const { reader } = await train(['ranks']);
  const found = findings(reader);
  expect(found.map(({ kind }) => kind)).toEqual(['late-rank']);
  expect(found[0]).toMatchObject({ pid: lateRank(reader), figures: { collectives: 30, ranks: 3 } });
  expect(found[0]!.sentence).toMatch(/2 other ranks waited .* asleep in clock_nanosleep/);
});

test('where another program has its CPU, that is said and the program is named', async () => {
  await neighbour('backup', 'busy');
  const { reader } = await train(['ranks', 'contended']);
  const [late, ...others] = findings(reader);
  expect(others).toEqual([]);
  expect(late).toMatchObject({ kind: 'late-rank', pid: lateRank(reader) });
  expect(late!.sentence).toMatch(/ready to run without a CPU while backup \(pid \d+\) ran/);
});

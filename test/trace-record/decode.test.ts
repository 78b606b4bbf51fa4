import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RecordDecoder } from '../../src/trace/record/decode.ts';
import { bucketRange, type TraceRecord } from '../../src/trace/record/types.ts';

// A program with two threads that does three rounds of five runtime calls: `sh test/fixtures/trace-records/record.sh`.
const recorded = readFileSync(new URL('../fixtures/trace-records/two-threads.bin', import.meta.url));

function decode(bytes: Uint8Array, pieceLength = bytes.length): TraceRecord[] {
  const decoder = new RecordDecoder();
  const records: TraceRecord[] = [];
  for (let at = 0; at < bytes.length; at += pieceLength) {
    records.push(...decoder.push(bytes.subarray(at, at + pieceLength)));
  }
  expect(decoder.finish()).toEqual({ truncatedBytes: 0 });
  return records;
}

function record(type: number, body: Uint8Array = new Uint8Array(0), length = body.length + 4): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(length, 0);
  head.writeUInt32LE(type, 4);
  return Buffer.concat([head, body]);
}

const meta = recorded.subarray(0, 4 + recorded.readUInt32LE(0));
const withMeta = (...records: Buffer[]) => Buffer.concat([meta, ...records]);
const drop = () => {
  const body = Buffer.alloc(24);
  body.writeBigUInt64LE(12n, 16);
  return body;
};

describe('a recording of the real helper', () => {
  const records = decode(recorded);
  const of = <T extends TraceRecord['type']>(type: T) =>
    records.filter((each): each is Extract<TraceRecord, { type: T }> => each.type === type);

  test('begins with what it is, and ends with why it ended', () => {
    expect(records[0]).toMatchObject({
      type: 'meta',
      version: 2,
      minDurationNs: 0,
      onlyTargets: true,
      host: true,
    });
    expect(records.at(-1)).toMatchObject({ type: 'end', reason: 'targets' });
    expect(of('library').map(library => [library.kind, library.status])).toEqual(
      expect.arrayContaining([
        ['runtime', 'attached'],
        ['driver', 'attached'],
      ]),
    );
  });

  test('holds every call, with names, nesting and totals that agree', () => {
    const names = new Map(of('function').map(each => [each.id, each.name]));
    const calls = of('call');
    expect(calls).toHaveLength(2 * 3 * 9);
    const launches = calls.filter(call => names.get(call.function) === 'cuLaunchKernel');
    for (const launch of launches) {
      expect(launch).toMatchObject({ grid: [3, 4, 5], block: [32, 2, 1], stream: 0x77, depth: 1 });
      expect(names.get(launch.parentFunction!)).toBe('cudaLaunchKernel');
    }
    for (const total of of('aggregate')) {
      if (total.timeNs !== of('aggregate').at(-1)!.timeNs) continue;
      const same = calls.filter(call => call.function === total.function);
      expect(total.count).toBe(same.length);
      expect(total.sumNs).toBe(same.reduce((sum, call) => sum + call.durationNs, 0));
    }
  });

  test('tells processes and off-CPU stretches', () => {
    const exit = of('process').find(process => process.change === 'exit');
    expect(exit).toMatchObject({ comm: 'program', exitCode: 0 });
    expect(of('process')[0]!.command).toMatch(/program work 3 2$/);
    for (const off of of('off-cpu')) expect(off.endNs).toBeGreaterThanOrEqual(off.startNs);
  });

  test('tells the stack of each call, and what memory it lies in', () => {
    const stacks = new Map(of('stack').map(stack => [stack.id, stack]));
    const mappings = of('mapping');
    expect(mappings.map(mapping => mapping.path)).toContainEqual(expect.stringMatching(/libcudart\.so\.13$/));
    for (const call of of('call')) {
      const { addresses, cut } = stacks.get(call.stack)!;
      expect(cut).toBe(false);
      for (const address of addresses)
        expect(mappings.some(mapping => mapping.start <= address && address < mapping.end)).toBe(true);
    }
    expect(stacks.size).toBe(9);
    const [program] = mappings.filter(mapping => mapping.path.endsWith('/program'));
    expect(program).toMatchObject({
      pid: of('call')[0]!.pid,
      buildId: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
  });

  test.each([1, 3, 7, 64, 4096])('is the same in pieces of %i bytes', length => {
    expect(decode(recorded, length)).toEqual(records);
  });

  test('cut anywhere gives the records before the cut, and says what is left over', () => {
    for (let end = meta.length; end < recorded.length; end += 997) {
      const decoder = new RecordDecoder();
      const some = decoder.push(recorded.subarray(0, end));
      expect(some).toEqual(records.slice(0, some.length));
      expect(decoder.finish().truncatedBytes).toBeLessThan(9000);
    }
  });
});

describe('a hostile stream', () => {
  test.each([
    ['another kind of file', Buffer.from('SQLite format 3\0 and more of it')],
    ['a record before the first', record(8, drop())],
    ['another magic number', record(1, Buffer.alloc(60))],
    ['a length beyond any record', withMeta(record(4, undefined, 0xffffffff))],
    ['a length too short for its type', withMeta(record(4, undefined, 3))],
    ['a call that is cut short inside its length', withMeta(record(4, Buffer.alloc(20)))],
    ['text longer than its record', withMeta(record(2, Buffer.from([1, 0, 1, 1, 0xff, 0xff])))],
    ['a histogram that claims too many buckets', withMeta(record(7, Buffer.alloc(200, 0xff)))],
  ])('%s is refused with a sentence', (_, bytes) => {
    expect(() => new RecordDecoder().push(bytes)).toThrow(/no intact kv-tracer stream: .* \(at byte \d+\)/);
  });

  test('another version of the format is named', () => {
    const newer = Buffer.from(meta);
    newer.writeUInt16LE(3, 12);
    expect(() => new RecordDecoder().push(newer)).toThrow('writes version 3 of its format, and kv reads 2');
  });

  test('an empty stream is no trace', () => {
    expect(() => new RecordDecoder().finish()).toThrow(/ends before its first record/);
  });

  test('unknown types of record, and fields that a newer helper appended, are passed over', () => {
    const bytes = withMeta(
      record(99, Buffer.alloc(30)),
      record(8, Buffer.concat([drop(), Buffer.alloc(16)])),
    );
    expect(decode(bytes).slice(1)).toEqual([
      { type: 'drop', timeNs: 0, counter: 'calls', cpu: 0, total: 12 },
    ]);
  });

  test('values of enumerations that are not known do not get through as undefined', () => {
    const body = Buffer.alloc(24, 0xff);
    expect(decode(withMeta(record(8, body)))[1]).toMatchObject({ counter: 'unknown' });
    expect(decode(withMeta(record(9, body)))[1]).toMatchObject({ reason: 'unknown' });
  });

  test.each([
    ['a stack with more frames than there can be', 10, 20, [0xffff, 0]],
    ['a stack with more Python frames than there can be', 10, 20, [0, 0xffff]],
    ['a stack whose frames are missing', 10, 20, [3, 0]],
    ['a mapping that ends early', 11, 20, [0, 0]],
    ['a function whose name is longer than its record', 13, 12, [0xffff, 0]],
  ])('%s is refused', (_, type, at, [first, second]) => {
    const body = Buffer.alloc(at + 4);
    body.writeUInt16LE(first!, at);
    body.writeUInt16LE(second!, at + 2);
    expect(() => decode(withMeta(record(type, body)))).toThrow(/no intact kv-tracer stream/);
  });

  test('control characters in names and commands are gone', () => {
    const body = Buffer.alloc(52 + 12);
    body.write('a\u001b[2Jb\u0007c', 36, 'latin1');
    body.writeUInt16LE(6, 52);
    body.write('\u001b[31mx', 54, 'latin1');
    expect(decode(withMeta(record(6, body)))[1]).toMatchObject({ comm: 'abc', command: 'x' });
  });
});

test('buckets lie side by side and are at most a quarter of their lower bound wide', () => {
  for (let bucket = 0; bucket < 159; bucket++) {
    const { from, to } = bucketRange(bucket);
    expect(bucketRange(bucket + 1).from).toBe(to);
    if (bucket >= 4) expect((to - from) / from).toBeLessThanOrEqual(0.25);
  }
  expect(bucketRange(159).from).toBeGreaterThan(1e12 / 2);
});

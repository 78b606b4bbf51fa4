import { describe, expect, it } from 'vitest';
import { LogExplainer } from '../../src/capabilities/logs/explain.ts';
import type { LogLine } from '../../src/cluster/port.ts';

const START = Date.parse('2026-11-20T10:00:00Z');
const at = (i: number) => new Date(START + i * 100).toISOString();

function explain(lines: Array<string | LogLine>, most = { decisive: 5, patterns: 10 }) {
  const explainer = new LogExplainer();
  for (const [i, line] of lines.entries())
    explainer.add(typeof line === 'string' ? { time: at(i), text: line } : line);
  return explainer.finish(most);
}

/** What a healthy service writes: access lines of a few kinds, the same throughout. */
function routine(count: number): string[] {
  const kinds = [
    (i: number) => `level=info method=GET path=/api/items/${i} status=200 dur=${i % 90}ms`,
    (i: number) => `level=info msg="cache refreshed" keys=${i} took=${i % 7}ms`,
    (i: number) => `level=warn msg="slow request" path=/api/items/${i} dur=${900 + (i % 90)}ms`,
  ];
  return Array.from({ length: count }, (_, i) => kinds[i % kinds.length]!(i));
}

describe('a log of 60,000 lines', () => {
  it.each([
    [
      'an error with a known cause',
      'level=error msg="dial tcp: lookup payments-db on 10.96.0.10:53: no such host"',
    ],
    [
      'a fatal line without a known cause',
      'level=fatal msg="ledger out of balance by 3 cents, refusing to go on"',
    ],
    [
      'a line that only its rarity gives away',
      'level=info msg="feature flag dark-mode switched off by operator"',
    ],
  ])('with one decisive line (%s) gives that line and its time', (_, line) => {
    const lines = routine(60_000);
    lines[41_234] = line;
    const { decisive, lines: count, records } = explain(lines);
    expect([count, records]).toEqual([60_000, 60_000]);
    expect(decisive[0]).toMatchObject({ example: line, count: 1, first: at(41_234), last: at(41_234) });
    expect(decisive[0]!.why.join(' ')).toContain('1 of 60000 entries');
    expect(decisive[0]!.before).toHaveLength(3);
  });

  it('has few patterns, counted exactly', () => {
    const { patterns, levels } = explain(routine(60_000));
    expect(patterns.map(pattern => [pattern.count, pattern.level])).toEqual([
      [20_000, 'info'],
      [20_000, 'info'],
      [20_000, 'warn'],
    ]);
    expect(levels).toEqual({ fatal: 0, error: 0, warn: 20_000, info: 40_000, debug: 0 });
    expect(patterns[1]!.template).toMatch(/^cache refreshed/);
  });

  it('that is healthy has nothing decisive', () => {
    expect(explain(routine(60_000)).decisive).toEqual([]);
  });
});

describe('what tells', () => {
  it('is the end rather than an error that was there all along', () => {
    const lines = Array.from({ length: 2_000 }, (_, i) =>
      i % 3 === 0 ? `ERROR failed to push metrics: timeout after ${i} ms` : `INFO handled request ${i}`,
    );
    lines.push('FATAL DATABASE_URL is not set');
    const { decisive } = explain(lines);
    expect(decisive[0]!.example).toBe('FATAL DATABASE_URL is not set');
    expect(decisive[0]!.why).toContain('the last entry');
    const chronic = decisive.find(item => item.template.includes('push metrics'));
    expect(chronic?.why ?? ['all along']).toContain('all along');
  });

  it('has its first and last occurrence', () => {
    const lines = routine(3_000);
    for (const i of [500, 900, 1_700]) lines[i] = `level=error msg="checksum mismatch in segment ${i}"`;
    const found = explain(lines).decisive[0]!;
    expect(found).toMatchObject({ count: 3, first: at(500), last: at(1_700) });
    expect(found.example).toContain('segment 1700');
  });
});

describe('entries of several lines', () => {
  it('keep a Python traceback whole, with what was thrown', () => {
    const { decisive, records } = explain([
      ...routine(100),
      'Traceback (most recent call last):',
      '  File "/app/main.py", line 12, in <module>',
      '    run(load())',
      '  File "/app/main.py", line 7, in load',
      '    return json.loads(text)',
      'json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)',
      ...routine(10),
    ]);
    expect(records).toBe(111);
    expect(decisive[0]!.example.split('\n')).toHaveLength(6);
    expect(decisive[0]!.template).toMatch(/JSONDecodeError/);
    expect(decisive[0]!.level).toBe('error');
  });

  it('keep a Java exception with its causes, cut in the middle', () => {
    const { decisive } = explain([
      ...routine(50),
      '2026-11-20 10:00:05,123 ERROR [main] o.s.boot.SpringApplication - Application run failed',
      'org.springframework.beans.factory.BeanCreationException: Error creating bean',
      ...Array.from({ length: 40 }, (_, i) => `\tat org.springframework.Foo.bar(Foo.java:${i})`),
      'Caused by: java.net.UnknownHostException: orders-db',
      '\t... 12 more',
    ]);
    const examples = decisive.map(item => item.example).join('\n');
    expect(examples).toContain('UnknownHostException: orders-db');
    expect(examples).toMatch(/… \d+ lines …/);
    expect(decisive.length).toBeLessThanOrEqual(2);
  });

  it('keep a Go panic with its goroutine', () => {
    const { records, decisive } = explain([
      'starting',
      'panic: runtime error: invalid memory address or nil pointer dereference',
      '[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47e9a5]',
      '',
      'goroutine 1 [running]:',
      'main.(*Server).handle(0x0)',
      '\t/src/server.go:41 +0x25',
      'main.main()',
      '\t/src/main.go:12 +0x1d',
    ]);
    expect(records).toBe(2);
    expect(decisive[0]!.example).toContain('/src/server.go:41');
  });

  it('understand pretty-printed JSON, and JSON behind a prefix', () => {
    const { decisive, records } = explain([
      ...routine(90),
      '{',
      '  "severity": "CRITICAL",',
      '  "timestamp": "2026-11-20T09:59:58Z",',
      '  "message": "quota of project exceeded"',
      '}',
      'stderr F {"level":50,"time":1763632799000,"msg":"write failed","err":{"message":"ENOSPC: no space left on device"}}',
    ]);
    expect(records).toBe(92);
    expect(decisive.map(item => [item.level, item.template])).toEqual([
      ['error', expect.stringContaining('no space left on device')],
      ['fatal', expect.stringContaining('quota of project exceeded')],
    ]);
  });
});

describe('times', () => {
  it.each([
    ['{"ts":1763632799.5,"level":"error","msg":"x failed"}', '2025-11-20T09:59:59.500Z'],
    ['2026-11-20T10:00:01+02:00 ERROR x failed', '2026-11-20T08:00:01.000Z'],
    ['2026/11/20 10:00:01 x failed', '2026-11-20T10:00:01.000Z'],
    ['[2026-11-20 10:00:01,250] ERROR x failed', '2026-11-20T10:00:01.250Z'],
    ['time="2026-11-20T10:00:01Z" level=error msg="x failed"', '2026-11-20T10:00:01.000Z'],
    ['E1120 10:00:01.000000       1 main.go:12] x failed', ''],
    ['x failed', ''],
  ])('are read from the line where the kubelet gave none: %s', (text, time) => {
    const { decisive } = explain([{ time: '', text }]);
    expect(decisive[0]).toMatchObject({ level: 'error', first: time });
  });
});

it('memory is bounded for a log in which no two lines are alike', () => {
  const word = (n: number) => [...String(n)].map(digit => 'abcdefghij'[Number(digit)]).join('');
  const explainer = new LogExplainer();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 120_000; i++)
    explainer.add({
      time: '',
      text: `${word(i)} ${word(i * 7)} went to ${word(i * 13)} and ${word(i * 29)}`,
    });
  explainer.add({ time: '', text: 'FATAL it is over' });
  const { decisive } = explainer.finish({ decisive: 3, patterns: 3 });
  expect(decisive[0]!.example).toBe('FATAL it is over');
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(200_000_000);
});

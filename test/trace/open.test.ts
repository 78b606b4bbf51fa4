import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { VIEWS } from '../../src/cli/trace.ts';
import { chains, DEFAULT_SQL_LIMITS, functionStats, openTrace, openTraces } from '../../src/trace/index.ts';
import { plantFile, usualLaunches } from './planted.ts';

const fixture = (name: string) => new URL(`../fixtures/traces/${name}.db`, import.meta.url).pathname;
const folder = () => mkdtempSync(join(tmpdir(), 'kv-open-'));
const refusal = (path: string) =>
  openTrace(path).then(
    () => 'it opened',
    (error: { sentence: string }) => error.sentence,
  );

describe('a file that is no trace', () => {
  it('is refused in one sentence', async () => {
    const text = join(folder(), 'notes.db');
    writeFileSync(text, 'not a database at all, and long enough to look like one '.repeat(20));
    expect(await refusal(text)).toMatch(/no SQLite database/);
    expect(await refusal(join(folder(), 'missing.db'))).toMatch(/There is no file/);
    expect(await refusal(folder())).toMatch(/is no file/);
    const foreign = join(folder(), 'bookmarks.db');
    new Sqlite(foreign).exec('CREATE TABLE bookmarks (url TEXT)').close();
    expect(await refusal(foreign)).toMatch(/no trace that kv knows \(its tables: bookmarks\)/);
  });

  it('is refused when it was cut short', async () => {
    const cut = join(folder(), 'cut.db');
    writeFileSync(cut, readFileSync(fixture('sample-gpu-node-01')).subarray(0, 50_000));
    expect(await refusal(cut)).toMatch(/damaged or cut short|malformed/);
  });

  it('is refused when its tables are views that run something', async () => {
    const hostile = join(folder(), 'hostile.db');
    const endless = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c';
    const db = new Sqlite(hostile);
    for (const name of ['events', 'ops', 'sources'])
      db.exec(
        `CREATE VIEW ${name} AS SELECT x AS timestamp, x AS source, x AS op, x AS duration, x AS arg0 FROM (${endless})`,
      );
    db.close();
    expect(await refusal(hostile)).toMatch(/no trace that kv knows/);
  });

  it.each([
    ['a view', 'CREATE VIEW drops AS SELECT x AS at, x AS place, x AS cpu, x AS count FROM (ENDLESS)'],
    ['computed', 'CREATE TABLE drops (at, place, cpu, count AS (length(zeroblob(at))))'],
  ])('is refused when one table of a kv trace is %s', async (_, sql) => {
    const endless = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c';
    const path = plantFile({ calls: usualLaunches(1) });
    new Sqlite(path).exec(`DROP TABLE drops; ${sql.replace('ENDLESS', endless)}`).close();
    expect(await refusal(path)).toMatch(/its table drops runs what its author wrote/);
  });

  it.each(['-wal', '-shm', '-journal'])('is refused when there is a pipe beside it: %s', async end => {
    const path = plantFile({ calls: usualLaunches(1) });
    execFileSync('mkfifo', [`${path}${end}`]);
    expect(await refusal(path)).toMatch(new RegExp(`cannot be read: .*${end} is no file`));
  });

  it('is refused when a newer kv wrote it', async () => {
    expect(await refusal(plantFile({ calls: usualLaunches(1), version: 99 }))).toMatch(
      /version 99.*Update kv/,
    );
  });
});

it('never shows control characters of a file', async () => {
  const path = plantFile({
    calls: [{ fn: 'cuda\u001b[31mRed', at: 1, ms: 5 }],
    processes: { 100: '\u001b[31mred\u001b[0m' },
  });
  const reader = await openTrace(path);
  expect(reader.select('trace_processes')).toEqual([expect.objectContaining({ name: 'red' })]);
  expect(functionStats(reader)[0]!.fn).toBe('cudaRed');
  expect(chains(reader)).toEqual([expect.objectContaining({ fn: 'cudaRed' })]);
});

it('opens a file that says absurd things of its machine, and shows no control characters of it', async () => {
  const path = plantFile({ calls: usualLaunches(1) });
  const db = new Sqlite(path);
  const meta = db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)');
  meta.run('host', '\u001b[31mnode\u001b]0;title\u0007');
  meta.run('note_1', '\u001b[2Jcut off');
  meta.run('kernel', Buffer.from('6.1'));
  meta.run('started_at', '9'.repeat(40));
  db.prepare("UPDATE functions SET layer = x'1b5b33316d'").run();
  db.close();
  const reader = await openTrace(path);
  expect(reader.info).toMatchObject({ host: 'node', kernel: undefined, startedAt: undefined });
  expect(reader.info.notes).toContain('cut off');
  expect(VIEWS.timeline(reader, { output: 'text' }).text(80)).toContain('cudaLaunchKernel');
});

it('refuses a window that ends before it begins', async () => {
  const reader = await openTrace(plantFile({ calls: usualLaunches(1) }));
  for (const view of [VIEWS.stats, VIEWS.chains, VIEWS.timeline, VIEWS.memory, VIEWS.stacks])
    expect(() => view(reader, { output: 'text', from: 10_000, to: 1_000 })).toThrow(
      /ends .* before it begins/,
    );
});

it('says how many events were dropped', async () => {
  const reader = await openTrace(plantFile({ calls: usualLaunches(1), drops: 1_234 }));
  expect(reader.info.notes.join()).toContain('1,234 events were dropped');
});

it('computes percentiles by nearest rank over any window', async () => {
  const calls = Array.from({ length: 100 }, (_, at) => ({ fn: 'cudaLaunchKernel', at: at * 10, ms: at + 1 }));
  const reader = await openTrace(plantFile({ calls }));
  expect(functionStats(reader)[0]).toMatchObject({ calls: 100, p50Ms: 50, p95Ms: 95, p99Ms: 99, maxMs: 100 });
  expect(functionStats(reader, { fromMs: 0, toMs: 100 })[0]).toMatchObject({
    calls: 10,
    p50Ms: 5,
    p99Ms: 10,
  });
});

describe('SQL', () => {
  const signal = AbortSignal.timeout(20_000);
  const open = async () => (await openTraces([fixture('sample-gpu-node-01')])).get();
  const refused = async (sql: string, timeoutMs = 5_000) =>
    (await open()).sql(sql, { ...DEFAULT_SQL_LIMITS, timeoutMs }, signal).then(
      () => 'it ran',
      (error: { sentence: string }) => error.sentence,
    );

  it('reads tables and views; integers too large for a double are texts', async () => {
    const trace = await open();
    const { rows } = await trace.sql(
      'SELECT min(timestamp) AS t, count(*) AS n FROM events',
      DEFAULT_SQL_LIMITS,
      signal,
    );
    expect(rows).toEqual([{ t: expect.stringMatching(/^1775\d{15}$/), n: 200 }]);
  });

  it.each([
    'DELETE FROM events',
    "ATTACH DATABASE '/etc/hostname' AS x",
    'PRAGMA query_only = 0',
    'WITH x AS (SELECT 1) DELETE FROM events',
    'SELECT 1; SELECT 2',
    "SELECT load_extension('x')",
    'SELECT nothing FROM nowhere',
  ])('refuses %s', async sql => {
    expect(await refused(sql)).toMatch(/was refused/);
  });

  it('is stopped at its time limit, though SQLite never comes back', async () => {
    const endless = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c';
    expect(await refused(endless, 500)).toMatch(/more than 0.5 s and was stopped/);
  });

  it('is cut at its limit of rows', async () => {
    const trace = await open();
    const answer = await trace.sql('SELECT id FROM events', { ...DEFAULT_SQL_LIMITS, maxRows: 3 }, signal);
    expect([answer.rows.length, answer.cut]).toEqual([3, true]);
  });

  it('leaves the file as it was', async () => {
    const copy = join(folder(), 'copy.db');
    copyFileSync(fixture('sample-gpu-node-01'), copy);
    const before = readFileSync(copy);
    const traces = await openTraces([copy]);
    await traces.get().sql('SELECT count(*) FROM trace_calls', DEFAULT_SQL_LIMITS, signal);
    traces.close();
    expect(readFileSync(copy).equals(before)).toBe(true);
  });
});

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { chains, functionStats, memoryReport, openTrace, timeline } from '../../src/trace/index.ts';

const PID = 4_242;
const GLOBAL = (BigInt(PID) << 24n) | BigInt(PID);

/** A small export by NVIDIA's "SQLite Export Schema Reference": 20 launches, one late, and a copy. */
function exported(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'kv-nsight-')), 'report.sqlite');
  const db = new Sqlite(path);
  db.exec(`
    CREATE TABLE StringIds (id INTEGER PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE CUPTI_ACTIVITY_KIND_RUNTIME (start INT NOT NULL, end INT NOT NULL, eventClass INT, globalTid INT,
      correlationId INT, nameId INT NOT NULL, returnValue INT NOT NULL);
    CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL (start INT NOT NULL, end INT NOT NULL, deviceId INT, contextId INT,
      streamId INT, correlationId INT, shortName INT NOT NULL);
    CREATE TABLE CUPTI_ACTIVITY_KIND_MEMCPY (start INT NOT NULL, end INT NOT NULL, deviceId INT, contextId INT,
      streamId INT, correlationId INT, bytes INT NOT NULL, copyKind INT NOT NULL);
    CREATE TABLE SCHED_EVENTS (start INT NOT NULL, cpu INT NOT NULL, isSchedIn INT NOT NULL, globalTid INT);
    CREATE TABLE NVTX_EVENTS (start INT NOT NULL, end INT, eventType INT, text TEXT, globalTid INT, textId INT);
    INSERT INTO StringIds VALUES (1, 'cudaLaunchKernel_v7000'), (2, 'cudaMemcpyAsync_v3020'), (3, 'gemm');
    INSERT INTO NVTX_EVENTS VALUES (0, 90000000, 59, NULL, ${GLOBAL}, 3);
    INSERT INTO CUPTI_ACTIVITY_KIND_MEMCPY VALUES (70500000, 89000000, 0, 1, 7, 99, 150000000, 1);
  `);
  const call = db.prepare('INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES (?, ?, 0, ?, ?, ?, 0)');
  for (let at = 0; at < 20; at++) {
    const [start, dur] = [at * 1_000_000, at === 15 ? 9_000_000 : 10_000];
    call.run(at > 15 ? start + 20_000_000 : start, start + dur + (at > 15 ? 20_000_000 : 0), GLOBAL, at, 1);
    db.prepare('INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES (?, ?, 0, 1, 7, ?, 3)').run(
      start,
      start + 500,
      at,
    );
  }
  call.run(70_000_000, 90_000_000, GLOBAL, 99, 2);
  const sched = db.prepare('INSERT INTO SCHED_EVENTS VALUES (?, 0, ?, ?)');
  for (const [at, isIn] of [
    [500, 0],
    [900, 1],
    [15_100_000, 0],
    [23_900_000, 1],
    [99_000_000, 0],
    [99_100_000, 1],
  ])
    sched.run(at, isIn, GLOBAL);
  db.close();
  return path;
}

it('reads an export of Nsight Systems: names, processes, sizes, kernels, ranges, time off CPU', async () => {
  const reader = await openTrace(exported());
  expect(reader.info.format).toBe('nsight');
  expect(functionStats(reader).map(row => [row.fn, row.calls])).toEqual([
    ['cudaMemcpyAsync', 1],
    ['cudaLaunchKernel', 20],
  ]);
  expect(memoryReport(reader).longestCopies).toEqual([
    expect.objectContaining({ pid: PID, bytes: 150_000_000, direction: 'HtoD', ms: 20 }),
  ]);
  const found = chains(reader);
  expect(found.map(chain => [chain.fn, chain.cause])).toEqual(
    expect.arrayContaining([
      ['cudaLaunchKernel', 'off-cpu'],
      ['cudaMemcpyAsync', 'pageable-copy'],
    ]),
  );
  expect(found.find(chain => chain.cause === 'off-cpu')!.offCpuMs).toBe(8.8);
  const layers = new Set(timeline(reader, { limit: 500 }).entries.map(entry => entry.layer));
  expect([...layers].sort()).toEqual(['gpu', 'host', 'range', 'runtime']);
  reader.close();
});

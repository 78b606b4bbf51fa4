import { execFileSync } from 'node:child_process';
import { mkdtempSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProgram, startTracer } from './support/start.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'kv-hostile-'));
const SECTIONS = 60_000;
const NAMES_AT = 8 * 2 ** 20;
const NAMES = 64 * 2 ** 20;
const SYMBOLS = 4_000_000;

/** Tables of symbols without end, whose names never end. */
function endlessLibrary(): string {
  const path = join(folder(), 'libcudart.so.99');
  const head = Buffer.alloc(NAMES_AT + NAMES, 'a');
  head.fill(0, 0, NAMES_AT);
  head.write('\x7fELF\x02\x01\x01', 'latin1');
  head.writeUInt16LE(3, 16);
  head.writeUInt16LE(62, 18);
  head.writeBigUInt64LE(64n, 40);
  head.writeUInt16LE(64, 52);
  head.writeUInt16LE(64, 58);
  head.writeUInt16LE(SECTIONS, 60);
  head.writeUInt16LE(1, 62);
  for (let section = 1; section < SECTIONS; section++) {
    const at = 64 + section * 64;
    const [type, offset, size] =
      section === 1 ? [3, NAMES_AT, NAMES] : [section % 2 ? 2 : 11, NAMES_AT + NAMES, SYMBOLS * 24];
    head.writeUInt32LE(type, at + 4);
    head.writeBigUInt64LE(BigInt(offset), at + 24);
    head.writeBigUInt64LE(BigInt(size), at + 32);
    head.writeUInt32LE(1, at + 40);
    head.writeBigUInt64LE(8n, at + 48);
    head.writeBigUInt64LE(24n, at + 56);
  }
  writeFileSync(path, head);
  truncateSync(path, NAMES_AT + NAMES + SYMBOLS * 24);
  return path;
}

function pipeLibrary(): string {
  const path = join(folder(), 'libcudart.so.98');
  execFileSync('mkfifo', [path]);
  return path;
}

test('files that would block or busy the recorder for ever keep it from nothing', {
  timeout: 60_000,
}, async () => {
  await using program = await startProgram(['work', 5, 1]);
  const hostile = [pipeLibrary(), endlessLibrary()];
  await using tracer = startTracer(
    ...hostile.flatMap(path => ['--library', path]),
    ...['--pid', String(program.pid), '--all'],
  );
  await tracer.attached('libcudart.so.13');
  await tracer.attached('libcuda.so.1');
  await program.finish();
  await tracer.stop();
  expect(tracer.calls('cudaMalloc')).toHaveLength(5);
  expect(tracer.of('library').find(({ path }) => path === hostile[1])?.status).toBe('no-functions');
});

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freshHome, runKv } from '../helpers/kv.ts';

const LOADER = new URL('../fixtures/traces/pytorch-dataloader-starvation.db', import.meta.url).pathname;
const { env } = freshHome();
const folder = () => mkdtempSync(join(tmpdir(), 'kv-export-'));
const kv = (...args: string[]) => runKv(['trace', ...args], env);

it('writes the file that was named, says how to open it, and never overwrites', async () => {
  const out = join(folder(), 'out.json');
  const first = await kv('export', LOADER, '--format', 'perfetto', '-o', out);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toBe(`Wrote ${out} (436 KB). Open it at https://ui.perfetto.dev.\n`);
  const written = readFileSync(out, 'utf8');
  expect(JSON.parse(written)).toHaveProperty('traceEvents');
  const again = await kv('export', LOADER, '--format', 'speedscope', '-o', out);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain(`${out} exists already. Give another name with -o.`);
  expect(readFileSync(out, 'utf8')).toBe(written);
});

it('writes to standard output with nothing else in it', async () => {
  const { code, stdout, stderr } = await kv('export', LOADER, '--format', 'otlp', '-o', '-', '--to', '10s');
  expect([code, stderr]).toEqual([0, '']);
  for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('resourceSpans');
});

it('says what is wrong with the format, the file and the place, and leaves nothing behind', async () => {
  const place = folder();
  const format = await kv('export', LOADER, '--format', 'svg');
  expect(format.code).toBe(2);
  expect(format.stderr).toContain('perfetto, speedscope, otlp');
  const nowhere = await kv('export', LOADER, '--format', 'otlp', '-o', join(place, 'missing', 'out'));
  expect([nowhere.code, nowhere.stderr.includes('cannot be written')]).toEqual([2, true]);
  writeFileSync(join(place, 'text.db'), 'no database');
  const foreign = await kv('export', join(place, 'text.db'), '--format', 'otlp', '-o', join(place, 'out'));
  expect(foreign.stderr).toContain('it is no SQLite database');
  mkdirSync(join(place, 'folder'));
  expect((await kv('export', LOADER, '--format', 'otlp', '-o', join(place, 'folder'))).code).toBe(2);
  expect(readdirSync(place).sort()).toEqual(['folder', 'text.db']);
  expect(existsSync(join(place, 'out'))).toBe(false);
});

it('shows stacks as text of 80 columns and as JSON', async () => {
  const text = await kv('stacks', LOADER, '--fn', 'memcpy');
  expect(text.code).toBe(0);
  expect(text.stdout).toContain('at::native::copy_ (libtorch_cpu.so): cudaMemcpyAsync');
  expect(text.stdout).toContain('▸ at::native::copy_ (libtorch_cpu.so)');
  for (const line of text.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  const json = await kv('stacks', LOADER, '--output', 'json', '--limit', '1');
  expect((JSON.parse(json.stdout) as { sites: unknown[] }).sites).toHaveLength(1);
});

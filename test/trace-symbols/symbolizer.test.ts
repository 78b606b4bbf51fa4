import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Symbolizer, type SystemPaths } from '../../src/trace/symbols/index.ts';
import { mapping, mappingsOf } from './process.ts';

const ELF = new URL('../fixtures/elf/', import.meta.url).pathname;
const BUILD_ID = '0e63834af93f227e7f60ca5f8aebcaf184591076';
const START = 0x7f0000000000;
/** `nm libcode.debug` prints these. */
const TRAIN_STEP = START + 0x28f;
const INNER = START + 0x26c;
const SCALE = START + 0x25f;

const open: Symbolizer[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function symbolizer(paths?: Partial<SystemPaths>): Symbolizer {
  const one = new Symbolizer(paths);
  open.push(one);
  return one;
}

const folder = () => mkdtempSync(join(tmpdir(), 'kv-symbols-'));

/** A file of a process's own root directory, as a container has one. */
function fakeProc(files: Record<string, string>): string {
  const proc = folder();
  for (const [path, from] of Object.entries(files)) {
    const target = join(proc, '4242', 'root', path);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(ELF, from), target);
  }
  return proc;
}

const library = (path: string) => mapping({ path, buildId: BUILD_ID, device: 1, inode: 5 });

it('names functions of the program that runs, by its own full table of symbols', () => {
  const binary = realpathSync(process.execPath);
  const entry = Buffer.alloc(8);
  readSync(openSync(binary, 'r'), entry, 0, 8, 24);
  const own = symbolizer();
  const mappings = mappingsOf(process.pid);
  for (const one of mappings) own.mapping(one);
  // The file's entry point, which is an address of the process itself unless it is position-independent.
  const isFixed = readFileSync(binary).readUInt16LE(16) === 2;
  const address =
    Number(entry.readBigUInt64LE()) + (isFixed ? 0 : mappings.find(m => m.path === binary)!.start);
  expect(own.resolve(process.pid, address)).toMatchObject({ kind: 'native', name: '_start', module: binary });
});

it('says where an address is that it has no name for, and nothing of one outside of every file', () => {
  const own = symbolizer();
  const mappings = mappingsOf(process.pid);
  for (const one of mappings) own.mapping(one);
  const vdso = mappings.find(({ path }) => path === '[vdso]')!;
  expect(own.resolve(process.pid, vdso.start + 16)).toEqual({ kind: 'native', module: '[vdso]', offset: 16 });
  expect(own.resolve(process.pid, 16)).toEqual({ kind: 'native' });
  expect(own.resolve(1, vdso.start)).toEqual({ kind: 'native' });
});

it('reads a stripped library inside a container, and what it does not export stays unnamed', () => {
  const own = symbolizer({ proc: fakeProc({ '/app/libcode.so': 'libcode.so' }), debug: folder() });
  own.mapping(library('/app/libcode.so'));
  expect(own.resolve(4242, TRAIN_STEP + 4)).toEqual({
    kind: 'native',
    name: 'train_step',
    module: '/app/libcode.so',
    offset: 0x293,
  });
  expect(own.resolve(4242, INNER)).toEqual({
    kind: 'native',
    name: undefined,
    module: '/app/libcode.so',
    offset: 0x26c,
  });
});

it('names the rest by a debug file with the same build id', () => {
  const debug = folder();
  mkdirSync(join(debug, '.build-id', '0e'), { recursive: true });
  copyFileSync(join(ELF, 'libcode.debug'), join(debug, '.build-id', '0e', `${BUILD_ID.slice(2)}.debug`));
  const own = symbolizer({ proc: fakeProc({ '/app/libcode.so': 'libcode.so' }), debug });
  own.mapping(library('/app/libcode.so'));
  expect(own.resolve(4242, INNER + 3).name).toBe('train::inner');
  expect(own.resolve(4242, SCALE).name).toBe('(anonymous namespace)::scale<float>');
});

it('still names functions of a process that has ended since', () => {
  const proc = fakeProc({ '/app/libcode.so': 'libcode.so' });
  const own = symbolizer({ proc });
  own.mapping(library('/app/libcode.so'));
  rmSync(proc, { recursive: true });
  expect(own.resolve(4242, TRAIN_STEP).name).toBe('train_step');
});

it('does not take another file of the same name for the one that was mapped', () => {
  const proc = fakeProc({ '/app/libcode.so': 'libcode.so' });
  const file = join(proc, '4242/root/app/libcode.so');
  const replaced = symbolizer({ proc });
  replaced.mapping({ ...library('/app/libcode.so'), buildId: 'ff00' });
  expect(replaced.resolve(4242, TRAIN_STEP).name).toBeUndefined();
  const byInode = symbolizer({ proc });
  byInode.mapping({ ...library('/app/libcode.so'), buildId: '', inode: statSync(file).ino + 1 });
  expect(byInode.resolve(4242, TRAIN_STEP).name).toBeUndefined();
  const same = symbolizer({ proc });
  same.mapping({ ...library('/app/libcode.so'), buildId: '', inode: statSync(file).ino });
  expect(same.resolve(4242, TRAIN_STEP).name).toBe('train_step');
});

it('gives a later mapping the addresses of an earlier one', () => {
  const own = symbolizer({ proc: fakeProc({ '/a.so': 'libcode.so', '/b.so': 'libcode.so' }) });
  own.mapping({ ...library('/a.so'), inode: 1 });
  own.mapping({ ...library('/b.so'), inode: 2 });
  expect(own.resolve(4242, TRAIN_STEP).module).toBe('/b.so');
});

it('reads no more of broken files than there is, and waits for no pipe', () => {
  const whole = readFileSync(join(ELF, 'libcode.so'));
  const proc = folder();
  const root = join(proc, '4242', 'root');
  mkdirSync(root, { recursive: true });
  const own = symbolizer({ proc });
  const tryOut = (name: string, at: number) => {
    own.mapping(
      mapping({ path: `/${name}`, device: 1, inode: 0, start: START + at, end: START + at + 0x1000 }),
    );
    return own.resolve(4242, START + at + 0x28f).name;
  };
  for (let length = 0; length < whole.length; length += 97) {
    writeFileSync(join(root, `cut-${length}`), whole.subarray(0, length));
    expect(() => tryOut(`cut-${length}`, length * 0x1000)).not.toThrow();
  }
  for (let at = 0; at < 64; at += 1) {
    const changed = Buffer.from(whole);
    changed.fill(0xff, at, at + 8);
    writeFileSync(join(root, `changed-${at}`), changed);
    expect(() => tryOut(`changed-${at}`, at * 0x1000)).not.toThrow();
  }
  execFileSync('mkfifo', [join(root, 'pipe')]);
  expect(tryOut('pipe', 0)).toBeUndefined();
});

it('names what Node compiled, by the map that it writes', async () => {
  const script = join(folder(), 'busy.js');
  writeFileSync(
    script,
    'function busyLoop(n) { let s = 0; for (let i = 0; i < n; i++) s += i % 7; return s; }\nfor (let k = 0; k < 200; k++) busyLoop(1e5);\nprocess.stdout.write("ready");\nprocess.stdin.resume();\n',
  );
  const child = spawn(process.execPath, ['--perf-basic-prof', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    await once(child.stdout, 'data');
    const map = `/tmp/perf-${child.pid}.map`;
    const line = readFileSync(map, 'utf8')
      .split('\n')
      .find(text => /\*busyLoop /.test(text));
    const own = symbolizer();
    expect(own.resolve(child.pid!, Number.parseInt(line!, 16) + 1)).toEqual({
      kind: 'js',
      name: 'busyLoop',
      module: script,
      line: 1,
    });
    rmSync(map);
  } finally {
    child.kill('SIGKILL');
  }
});

it('reads on where a perf map has grown, and follows no link', () => {
  const proc = folder();
  mkdirSync(join(proc, '4242', 'root', 'tmp'), { recursive: true });
  writeFileSync(join(proc, '4242', 'status'), 'Name:\tpython3\nNSpid:\t4242\t7\n');
  const map = join(proc, '4242', 'root', 'tmp', 'perf-7.map');
  const own = symbolizer({ proc, temporary: folder() });
  expect(own.resolve(4242, 0x1010)).toEqual({ kind: 'native' });
  writeFileSync(map, '1000 20 py::Trainer.step:/app/train.py\n2000 10 Builtin:Arr');
  expect(own.resolve(4242, 0x1010)).toEqual({
    kind: 'python',
    name: 'Trainer.step',
    module: '/app/train.py',
  });
  appendFileSync(map, 'ayMap\n3000 8 JS:~step file:///app/a.mjs:12:3\n');
  expect(own.resolve(4242, 0x2001)).toEqual({ kind: 'native', name: 'Builtin:ArrayMap' });
  expect(own.resolve(4242, 0x3007)).toEqual({
    kind: 'js',
    name: 'step',
    module: 'file:///app/a.mjs',
    line: 12,
  });
  expect(own.resolve(4242, 0x3008)).toEqual({ kind: 'native' });

  mkdirSync(join(proc, '5', 'root', 'tmp'), { recursive: true });
  symlinkSync(map, join(proc, '5', 'root', 'tmp', 'perf-5.map'));
  expect(own.resolve(5, 0x1010)).toEqual({ kind: 'native' });
});

it('keeps of a perf map no more than a program can have compiled, and forgets who has ended', () => {
  const proc = folder();
  const map = join(proc, '4242', 'root', 'tmp', 'perf-4242.map');
  mkdirSync(dirname(map), { recursive: true });
  const lines = Array.from({ length: 300_000 }, (_, at) => `${(at * 16).toString(16)} 10 f${at}`);
  writeFileSync(map, `${lines.join('\n')}\n`);
  const symbols = symbolizer({ proc });
  expect(symbols.resolve(4242, 100_000 * 16).name).toBe('f100000');
  expect(symbols.resolve(4242, 299_999 * 16).name).toBeUndefined();
  rmSync(map);
  symbols.forget(4242);
  expect(symbols.resolve(4242, 100_000 * 16).name).toBeUndefined();
});

import { afterAll, describe, expect, test } from 'vitest';
import { newSandbox, resultOf, runner } from './harness.ts';

const sandbox = newSandbox(1);
const run = runner(sandbox);
afterAll(() => sandbox.close());

describe('nothing of the host is reachable', () => {
  test.each([
    '(() => {}).constructor("return typeof process")()',
    'k8s.list.constructor("return typeof process")()',
    'k8s.list({ kind: "Pod" }).then.constructor("return typeof process")()',
    'console.log.constructor("return typeof require")()',
    'sleep.constructor.constructor("return typeof globalThis.process")()',
    '(async () => {}).constructor("return typeof process")().then(v => v)',
    '(function () { return typeof (this?.process) })()',
    'typeof globalThis.process',
    'typeof globalThis.require',
    'typeof globalThis.fetch',
    'typeof globalThis.WebAssembly',
    'typeof globalThis.performance',
    'typeof new Error().stack.constructor.constructor("return globalThis.process")()',
  ])('%s', async expression => {
    expect(resultOf(await run(`return ${expression}`))).toBe('undefined');
  });

  test('importing is refused', async () => {
    expect((await run(`const fs = await import('node:fs'); return fs`)).error).toBeDefined();
  });
});

describe('tampering', () => {
  test('with prototypes and built-ins neither breaks nor subverts calls and results', async () => {
    const outcome = await run(`
      Array.prototype.push = Array.prototype.map = Array.prototype[Symbol.iterator] = (() => { throw new Error('tampered') }) as any;
      String.prototype.toJSON = Date.prototype.toJSON = () => 'tampered';
      Promise.prototype.then = () => { throw new Error('tampered') };
      JSON.parse = JSON.stringify = () => 'tampered';
      Reflect.apply = Object.keys = Object.freeze = (() => { throw new Error('tampered') }) as any;
      String.prototype.slice = () => 'tampered';
      globalThis.String = (() => 'tampered') as any;
      globalThis.Promise = class {} as any;
      globalThis.Error = class {} as any;
      RegExp.prototype.exec = () => { throw new Error('tampered') };
      const list = await k8s.list({ kind: 'Pod' });
      console.log('seen', list.items[1].name);
      return { name: list.items[1].name, n: 5 };`);
    expect(resultOf(outcome)).toEqual({ name: 'web-2', n: 5 });
    expect(outcome.console[0]?.text).toBe('seen web-2');
  });

  test.each([
    'k8s.list = 1',
    'globalThis.k8s = {}',
    'delete globalThis.k8s',
    'console.log = 1',
    'Error.prepareStackTrace = () => "x"',
    'Object.defineProperty(Array.prototype, "0", { set() {} })',
    'Object.prototype.toJSON = () => 1',
    'Object.prototype.then = () => 1',
    'Object.defineProperty(globalThis, "sleep", { value: 1 })',
  ])('%s fails', async statement => {
    const { error } = await run(`${statement};\nreturn 1;`);
    expect(error).toMatchObject({ name: 'RuntimeError', line: 1 });
    expect(error?.message).toContain('TypeError');
  });

  test('a script may name its variables like capabilities', async () => {
    expect(resultOf(await run('const state = 1; const trace = 2; return state + trace'))).toBe(3);
  });

  test('what one script did is gone in the next, however fast it follows', async () => {
    for (let i = 0; i < 10; i++) {
      const outcome = await run(
        `const before = globalThis.mark; globalThis.mark = ${i}; Array.prototype.at = null; return [typeof before, typeof [].at]`,
      );
      expect(resultOf(outcome)).toEqual(['undefined', 'object']);
      expect(resultOf(await run('return [typeof globalThis.mark, typeof [].at]'))).toEqual([
        'undefined',
        'function',
      ]);
    }
  });
});

describe('workers', () => {
  test('scripts that run at the same time do not share anything', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, (_, i) => run(`globalThis.id = ${i}; await sleep(20); return globalThis.id`)),
    );
    expect(outcomes.map(resultOf)).toEqual([0, 1, 2, 3]);
  });

  test('after scripts that had to be ended, the pool is whole again', async () => {
    const own = newSandbox(2);
    try {
      const go = runner(own);
      const stuck = `return 'a'.repeat(2e7).indexOf('a'.repeat(9e6) + 'b')`;
      await Promise.all([1, 2, 3].map(() => go(stuck, { limits: { cpuMs: 200 } })));
      const outcomes = await Promise.all([1, 2, 3].map(n => go(`return ${n}`)));
      expect(outcomes.map(resultOf)).toEqual([1, 2, 3]);
    } finally {
      await own.close();
    }
  });

  test('a sandbox that was never used closes at once', async () => {
    await expect(newSandbox().close()).resolves.toBeUndefined();
  });
});

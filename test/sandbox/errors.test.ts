import { afterAll, describe, expect, test } from 'vitest';
import { newSandbox, runner } from './harness.ts';

const sandbox = newSandbox();
const run = runner(sandbox);
afterAll(() => sandbox.close());

describe('run-time errors teach', () => {
  test('a failed call: its id, name, place and a frame of three lines', async () => {
    const { error } = await run(`const a = 1;\nconst log = await k8s.logs({ pod: 'gone' });\nreturn log;`);
    expect(error).toEqual({
      name: 'CallError',
      message: 'k8s.logs: pod "gone" not found',
      line: 2,
      column: 23,
      call: { id: 1, name: 'k8s.logs' },
      frame: [
        '1 | const a = 1;',
        `2 | const log = await k8s.logs({ pod: 'gone' });`,
        '  |                       ^',
        '3 | return log;',
      ].join('\n'),
    });
  });

  test.each<[string, string, string, number, number]>([
    ['thrown errors', `const a = 1;\n  throw new Error('broken');`, 'broken', 2, 13],
    [
      'a property of undefined',
      'const p: any = {};\nreturn p.status.phase;',
      '`p.status` is undefined',
      2,
      17,
    ],
    [
      'a property of undefined in a callback',
      `return [{}].map((p: any) =>\n  p.spec.node);`,
      '`p.spec` is undefined',
      2,
      10,
    ],
    [
      'a property of null in brackets',
      `const p: any = { a: null };\nconst x = p.a['b-c'];`,
      '`p.a` is null',
      2,
      16,
    ],
    [
      'a property behind a call',
      `const f = (x: any) => x;\nconst y = f([1].length).a.b;`,
      '`f([1].length).a` is undefined',
      2,
      27,
    ],
    [
      'what is not a function',
      'const p: any = { a: 1 };\nreturn p.items.map(x => x);',
      '`p.items` is undefined',
      2,
      16,
    ],
    [
      'a method that does not exist',
      'const p: any = { a: 1 };\np.filter(x => x);',
      '`p.filter` is not a function',
      2,
      3,
    ],
    ['an unknown name', 'const a = 1;\nconst b = missing + 1;', 'missing is not defined', 2, 11],
    ['names of other run times', 'setTimeout(() => {}, 5);', 'Use `await sleep(milliseconds)`', 1, 1],
    ['require', `const fs = require('fs');`, 'Modules cannot be loaded here', 1, 12],
    [
      'a capability that does not exist',
      'const a = 1;\nawait k8s.listPods({});',
      "Did you mean k8s.list({ kind: 'Pod', … })?",
      2,
      7,
    ],
    [
      'a nearly right capability',
      'await k8s.log({});',
      'k8s.log does not exist. Did you mean k8s.logs?',
      1,
      7,
    ],
  ])('%s', async (_, code, message, line, column) => {
    const { error } = await run(code);
    expect(error?.name).toBe('RuntimeError');
    expect(error?.message).toContain(message);
    expect([error?.line, error?.column]).toEqual([line, column]);
    expect(error?.frame).toContain('^');
  });

  test.each<[string, string, string, number]>([
    ['enums', 'const a = 1;\nenum Phase { Running }', 'Use a constant object or a union of strings.', 2],
    ['imports', `import fs from 'node:fs';\nreturn 1;`, 'Scripts cannot import', 1],
    ['plain mistakes', 'const a = 1;\nconst b = ;', 'Expression expected', 2],
    ['an open brace', 'const a = 1;\nif (a) {\n  a;', '', 3],
  ])('syntax: %s', async (_, code, message, line) => {
    const { error } = await run(code);
    expect(error?.name).toBe('SyntaxError');
    expect(error?.message).toContain(message);
    expect(error?.line).toBe(line);
  });

  test('columns behind an implicit return are those of the source', async () => {
    const { error } = await run('const a = 1;\na; (() => { throw new Error("x") })()');
    expect([error?.line, error?.column]).toEqual([2, 23]);
  });

  test('Windows line ends and types do not move places', async () => {
    const { error } = await run(
      `interface A { x: number }\r\nconst a: A | undefined = undefined as any;\r\nthrow new TypeError('here') as any;`,
    );
    expect(error).toMatchObject({ message: 'TypeError: here', line: 3, column: 11 });
  });

  test('a thrown value that is not an error', async () => {
    const { error } = await run(`throw { code: 5 }`);
    expect(error).toMatchObject({ name: 'RuntimeError', message: expect.stringContaining('{"code":5}') });
  });

  test('a caught and rethrown call error keeps its call; a new error is the script’s own', async () => {
    const again = await run(`try { await k8s.logs({ pod: 'x' }) } catch (e) { throw e }`);
    expect(again.error).toMatchObject({ name: 'CallError', call: { name: 'k8s.logs' } });
    const own = await run(
      `try { await k8s.logs({ pod: 'x' }) } catch (e) { throw new Error('own: ' + e.message) }`,
    );
    expect(own.error).toMatchObject({ name: 'RuntimeError', message: 'own: pod "x" not found' });
  });
});

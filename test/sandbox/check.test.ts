import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import type { Checker } from '../../src/sandbox/check/checker.ts';
import { createTypeCheck } from '../../src/sandbox/check/type-check.ts';
import { startTypeScript7 } from '../../src/sandbox/check/typescript7.ts';
import { DECLARATIONS, newSandbox, suggest } from './harness.ts';

const sandbox = newSandbox();
const check = (code: string) => sandbox.check(code, new AbortController().signal);
afterAll(() => sandbox.close());

describe('what passes', () => {
  test.each([
    [
      'top-level await and return',
      `const { items } = await k8s.list({ kind: 'Pod' });\nreturn items.length;`,
    ],
    [
      'loose JavaScript',
      `let out; const rows = []; for (const k in { a: 1 }) rows.push({ k, n: null }); out = rows; return out;`,
    ],
    [
      'null and implicit any',
      `function f(x) { return x.y.z; }\nconst pod = [].find(p => p.name) ?? null;\nreturn pod.status;`,
    ],
    ['arithmetic on dates', `return [new Date(1), new Date(2)].sort((a, b) => b - a);`],
    ['names of capabilities as variables', `const state = 'x'; return state;`],
    [
      'newer language',
      `return Object.groupBy([1, 2], n => (n % 2 ? 'odd' : 'even')), new Set([1]).union(new Set([2]));`,
    ],
    [
      'console, sleep and nested families',
      `console.log(1); await sleep(5); return mcp.github.search({ query: 'x' });`,
    ],
    ['a default export', `export default async function main() { return 1; }`],
  ])('%s', async (_, code) => {
    expect(await check(code)).toMatchObject({ ok: true, message: '', diagnostics: [] });
  });
});

describe('what is reported, with its place and what to write instead', () => {
  test('an invented capability: frame, carets, suggestion', async () => {
    const result = await check(
      `const a = 1;\nconst pods = await k8s.listPods({ namespace: 'x' });\nreturn pods;`,
    );
    expect(result.ok).toBe(false);
    expect(result.diagnostics).toMatchObject([{ code: 2339, line: 2, column: 24 }]);
    expect(result.message).toBe(
      [
        `line 2, column 24: Property 'listPods' does not exist on type 'K8s'. Did you mean k8s.list({ kind: 'Pod', … })?`,
        '1 | const a = 1;',
        `2 | const pods = await k8s.listPods({ namespace: 'x' });`,
        '  |                        ^^^^^^^^',
        '3 | return pods;',
      ].join('\n'),
    );
  });

  test.each<[string, string, number, string]>([
    [
      'an invented field',
      `return (await k8s.list({ kind: 'Pod' })).items[0].naem;`,
      2339,
      "'naem' does not exist on type 'Pod'",
    ],
    ['an invented parameter', `return k8s.list({ kind: 'Pod', ns: 'x' });`, 2353, "'ns' does not exist"],
    [
      'a wrong parameter type',
      `return k8s.logs({ pod: 5 });`,
      2322,
      "'number' is not assignable to type 'string'",
    ],
    ['a missing parameter', `return k8s.list({});`, 2741, "'kind' is missing"],
    ['a missing await', `return k8s.list({ kind: 'Pod' }).items;`, 2339, 'Await the call first.'],
    ['an unknown name', `return podz;`, 2304, "Cannot find name 'podz'"],
    ['names of other run times', `setTimeout(() => {}, 1);`, 2304, 'Use `await sleep(milliseconds)`.'],
    ['Node modules', `const fs = require('fs'); return fs;`, 2591, 'Modules cannot be loaded here'],
    ['fetch', `return fetch('http://x');`, 2304, 'There is no network here'],
    ['imports', `import fs from 'fs';\nreturn fs;`, 1232, 'Scripts cannot import'],
    ['fields put on an empty object', `const o = {}; o.a = 1; return o;`, 2339, 'Record<string, any>'],
    ['broken syntax', `const a = ;`, 1109, 'Expression expected'],
  ])('%s', async (_, code, number, message) => {
    const result = await check(code);
    expect(result.diagnostics.map(diagnostic => diagnostic.code)).toContain(number);
    expect(result.message).toContain(message);
    expect(result.diagnostics[0]?.line).toBe(1);
  });

  test('at most eight', async () => {
    const result = await check(Array.from({ length: 12 }, (_, i) => `missing${i}();`).join('\n'));
    expect(result.diagnostics).toHaveLength(8);
    expect(result.message).toContain('… and 4 more.');
  });

  test('an unclosed brace is placed inside the source', async () => {
    const result = await check('const a = 1;\nif (a) {\n  a;');
    expect(result.ok).toBe(false);
    expect(result.diagnostics[0]?.line).toBeLessThanOrEqual(3);
  });
});

describe('the checker itself', () => {
  const dying = (failures: number) => {
    let starts = 0;
    const check = createTypeCheck({
      declarations: DECLARATIONS,
      suggest,
      startChecker: async declarations => {
        starts += 1;
        const real = await startTypeScript7(declarations);
        if (starts > failures) return real;
        const broken: Checker = { check: () => Promise.reject(new Error('gone')), close: () => real.close() };
        return broken;
      },
    });
    return { check, starts: () => starts };
  };
  const signal = new AbortController().signal;

  test('is started again once when it breaks', async () => {
    const { check: own, starts } = dying(1);
    expect(await own.check('return nope', signal)).toMatchObject({ ok: false });
    expect(starts()).toBe(2);
    await own.close();
  });

  test('that cannot be had lets the script run unchecked, and says so', async () => {
    const { check: own } = dying(9);
    const result = await own.check('return nope', signal);
    expect(result.ok).toBe(true);
    expect(result.message).toContain('not type-checked: gone');
    await own.close();
  });

  test('whose process is killed is replaced', async () => {
    const own = createTypeCheck({ declarations: DECLARATIONS });
    expect((await own.check('return nope', signal)).ok).toBe(false);
    const children = checkerProcesses();
    expect(children.length).toBeGreaterThan(0);
    for (const pid of children) process.kill(pid, 'SIGKILL');
    expect((await own.check('return nope', signal)).ok).toBe(false);
    expect((await own.check('return 1', signal)).ok).toBe(true);
    await own.close();
  });

  test('an aborted check rejects', async () => {
    await expect(sandbox.check('return 1', AbortSignal.abort(new Error('stopped')))).rejects.toThrow(
      'stopped',
    );
  });

  test('does not outlive or hold up the process that used it', { timeout: 60_000 }, () => {
    const script = `
      const { createSandbox } = await import('./src/sandbox/index.ts');
      const sandbox = createSandbox({ declarations: '', catalogNames: [] });
      const { ok } = await sandbox.check('return 1', new AbortController().signal);
      const run = { code: 'return 1', call: async () => 'null', signal: new AbortController().signal, limits: { memoryBytes: 64e6, cpuMs: 5e3, wallMs: 9e3, maxCalls: 1, maxConcurrentCalls: 1, maxResultBytesPerCall: 1e6, maxResultBytesTotal: 1e6, maxConsoleBytes: 1e3 } };
      console.log(ok, (await sandbox.run(run)).result);`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(output.trim()).toBe('true 1');
  });
});

/** The type-checker processes that this test process started. */
function checkerProcesses(): number[] {
  const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], {
    encoding: 'utf8',
  }).split('\n');
  return lines.filter(line => line.includes('--api')).map(line => Number.parseInt(line, 10));
}

test('closing while the checker is at its first work starts no other one', async () => {
  let starts = 0;
  const started = Promise.withResolvers<void>();
  const checker = createTypeCheck({
    declarations: DECLARATIONS,
    startChecker: async declarations => {
      starts += 1;
      const first = await startTypeScript7(declarations);
      started.resolve();
      return first;
    },
  });
  checker.warm();
  await started.promise;
  await checker.close();
  await checker.check('return 1', new AbortController().signal);
  expect(starts).toBe(1);
});

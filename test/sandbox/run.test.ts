import { afterAll, describe, expect, test } from 'vitest';
import type { HostCallRequest } from '../../src/sandbox/port.ts';
import { answer, newSandbox, resultOf, runner } from './harness.ts';

const sandbox = newSandbox();
const run = runner(sandbox);
afterAll(() => sandbox.close());

describe('results', () => {
  test('TypeScript with top-level await and return', async () => {
    const outcome = await run(`
      interface Row { name: string }
      const { items } = await k8s.list({ kind: 'Pod' });
      const rows: Row[] = items.map(({ name }) => ({ name }) satisfies Row);
      return rows;`);
    expect(resultOf(outcome)).toEqual([{ name: 'web-1' }, { name: 'web-2' }]);
    expect(outcome.stats.calls).toBe(1);
  });

  test.each([
    ['a Map with text keys', 'new Map([["a", 1], ["b", 2]])', { a: 1, b: 2 }],
    ['a Map with object keys', 'new Map([[{ k: 1 }, 2]])', [[{ k: 1 }, 2]]],
    ['a Set', 'new Set([1, "x"])', [1, 'x']],
    ['a Date', 'new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['an Error', 'new TypeError("no")', { name: 'TypeError', message: 'no' }],
    ['big integers', '[5n, 2n ** 70n]', [5, '1180591620717411303424']],
    ['undefined members', '{ a: undefined, b: [undefined] }', { b: [null] }],
    ['functions', '{ f: function go() {} }', { f: '[function go]' }],
    ['numbers JSON has not', '[NaN, Infinity]', [null, null]],
    ['a RegExp', '/a+/gi', '/a+/gi'],
    ['typed arrays', 'new Uint8Array([1, 2])', [1, 2]],
    ['class instances', 'new (class A { x = 1 })()', { x: 1 }],
    ['one object twice', '(() => { const a = { x: 1 }; return [a, a]; })()', [{ x: 1 }, { x: 1 }]],
  ])('%s', async (_, expression, expected) => {
    expect(resultOf(await run(`return ${expression};`))).toEqual(expected);
  });

  test('nothing returned gives no result', async () => {
    expect((await run('const x = 1;')).result).toBeUndefined();
    expect((await run('return undefined')).result).toBeUndefined();
    expect((await run('')).error).toBeUndefined();
  });

  test('a cycle is an error that says where', async () => {
    const { error } = await run('const a: any = { list: [{}] }; a.list[0].parent = a; return a;');
    expect(error?.message).toContain('result.list[0].parent refers back to result');
  });

  test('promises inside the result are awaited, however deep', async () => {
    const outcome = await run(
      `return { pods: k8s.list({ kind: 'Pod' }), deep: [(async () => ({ p: sleep(1) }))()] };`,
    );
    expect(resultOf(outcome)).toMatchObject({
      pods: { items: [{ name: 'web-1' }, {}] },
      deep: [{ p: null }],
    });
    expect(outcome.unawaited).toEqual([]);
  });
});

describe('scripts without return', () => {
  test.each([
    ['an expression', 'const a = 1;\na + 1', 2],
    ['a chain over lines', 'const a = [3, 1];\na\n  .map(x => x * 2)\n  .join()', '6,2'],
    ['an object', 'const a = 1;\n({ a, b: `x\n;y` });', { a: 1, b: 'x\n;y' }],
    ['a comment behind it', 'const a = 4;\na; // the answer', 4],
    ['an awaited call', 'await Promise.all([1, 2])', [1, 2]],
    ['an invoked function', 'async function go() {\n  return 7;\n}\ngo()', 7],
    ['an async IIFE', '(async () => {\n  return 8;\n})();', 8],
    ['main that nobody calls', 'async function main() {\n  return 9;\n}', 9],
    ['a default export', 'export default async function main() {\n  return 10;\n}', 10],
    ['an early return before it', 'if (false) return 1;\n11', 11],
  ])('%s is the result', async (_, code, expected) => {
    expect(resultOf(await run(code))).toEqual(expected);
  });

  test.each([
    ['a loop', 'const out = [];\nfor (const x of [1]) out.push(x);'],
    ['a block', 'const s = "a;b";\nif (s) {\n  s.length;\n}'],
    ['a declaration', 'const f = () => 1;'],
  ])('%s gives none', async (_, code) => {
    expect((await run(code)).result).toBeUndefined();
  });
});

describe('console', () => {
  test('formats values, keeps levels and streams lines', async () => {
    const seen: string[] = [];
    const outcome = await run(
      `console.log('pods', { a: [1, null] }, new Map([['x', 1]])); console.warn(new Error('bad')); console.error(undefined); print(k8s.list({ kind: 'Pod' })); await sleep(1);`,
      { onConsole: line => seen.push(line.text) },
    );
    expect(outcome.console).toEqual([
      { level: 'log', text: 'pods {"a":[1,null]} {"x":1}' },
      { level: 'warn', text: 'Error: bad' },
      { level: 'error', text: 'undefined' },
      { level: 'log', text: '[Promise: await it to see its value]' },
    ]);
    expect(seen).toHaveLength(4);
  });

  test('is cut at its limit, which a last line says', async () => {
    const outcome = await run(`for (let i = 0; i < 1000; i++) console.log('x'.repeat(100)); return 1;`);
    expect(outcome.console.length).toBeLessThan(110);
    expect(outcome.console.at(-1)?.text).toContain('beyond 10000 bytes was dropped');
    expect(resultOf(outcome)).toBe(1);
  });
});

describe('calls', () => {
  test('carry place, arguments, numbers and what they waited for', async () => {
    const seen: HostCallRequest[] = [];
    await run(
      `const a = k8s.list({ kind: 'Pod' });\n  const b = mcp.github.search({ query: 'x' });\nawait Promise.all([a, b]);\nawait state.get({ key: 'k' });`,
      {
        call: (request, signal) => {
          seen.push(request);
          return answer(request, signal);
        },
      },
    );
    expect(seen.map(({ id, name, line }) => [id, name, line])).toEqual([
      [1, 'k8s.list', 1],
      [2, 'mcp.github.search', 2],
      [3, 'state.get', 4],
    ]);
    expect(seen[0]?.args).toBe('{"kind":"Pod"}');
    expect(seen.map(({ after }) => after)).toEqual([0, 0, 2]);
  });

  test('50 calls are in flight together, and no more than the limit', async () => {
    for (const [limit, expected] of [
      [64, 50],
      [8, 8],
    ] as const) {
      let open = 0;
      let most = 0;
      const outcome = await run(
        `return (await Promise.all(Array.from({ length: 50 }, (_, i) => state.get({ key: String(i) })))).length`,
        {
          limits: { maxConcurrentCalls: limit },
          call: async () => {
            most = Math.max(most, ++open);
            await new Promise(resolve => setTimeout(resolve, 100));
            open -= 1;
            return 'null';
          },
        },
      );
      expect(resultOf(outcome)).toBe(50);
      expect(most).toBe(expected);
    }
  });

  test('a failed call is a catchable error with the facts of the failure', async () => {
    const outcome = await run(
      `try { await k8s.logs({ pod: 'gone' }); } catch (e) { return [e instanceof Error, e.message, e.statusCode, e.reason, e.call]; }`,
    );
    expect(resultOf(outcome)).toEqual([true, 'pod "gone" not found', 404, 'NotFound', 'k8s.logs']);
  });

  test('un-awaited calls are reported and aborted at the end, failing ones harm nobody', async () => {
    let aborted = false;
    const outcome = await run(
      `k8s.logs({ pod: 'x' });\nk8s.delete({ kind: 'Pod', name: 'x' });\nawait sleep(5);\nreturn 'done';`,
      {
        call: (request, signal) => {
          if (request.name !== 'k8s.delete') return answer(request, signal);
          return new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              aborted = true;
              reject(new Error('aborted'));
            });
          });
        },
      },
    );
    expect(resultOf(outcome)).toBe('done');
    expect(outcome.unawaited).toEqual(['k8s.logs (line 1)', 'k8s.delete (line 2)']);
    expect(aborted).toBe(true);
  });

  test('a race does not report its losers', async () => {
    const outcome = await run('return await Promise.race([sleep(5_000), k8s.list({ kind: "Pod" })])');
    expect(outcome.error).toBeUndefined();
    expect(outcome.unawaited).toEqual([]);
  });

  test.each([
    ['a function', '{ kind: "Pod", filter: () => 1 }', 'params.filter is a function'],
    ['a promise', '{ kind: "Pod", namespace: sleep(1) }', 'params.namespace is a Promise: await it first'],
    ['a cycle', '(() => { const a: any = {}; a.a = a; return a; })()', 'refers back to params'],
    ['not a number', '{ limit: NaN }', 'params.limit is NaN'],
    ['a RegExp', '{ grep: /x/ }', 'params.grep is a RegExp'],
    ['a bare text', '"Pod"', 'k8s.list takes one object'],
  ])('%s among the arguments is an error that says so', async (_, args, expected) => {
    const { error } = await run(`await k8s.list(${args} as any)`);
    expect(error?.name).toBe('RuntimeError');
    expect(error?.message).toContain(expected);
  });
});

describe('secret handles', () => {
  const handle = (id: string, sha256: string) => ({ $secret: id, length: 7, sha256 });
  const call = async ({ name, args }: HostCallRequest) => {
    if (name === 'state.get')
      return JSON.stringify({ a: handle('s1', 'ff'), list: [handle('s2', 'ff'), handle('s3', '00')] });
    if (name === 'secret.matches') return JSON.stringify({ matches: JSON.parse(args).pattern === '(?i)^x' });
    return JSON.stringify(`${name} ${args}`);
  };

  test('compare, match and reveal through the host, and stay handles wherever they go', async () => {
    const outcome = await run(
      `const { a, list: [b, c] } = await state.get({ key: 'k' });
       console.log(a);
       return { same: a.equals(b), other: a.equals(c), length: a.length, sha: a.sha256, yes: await a.matches(/^x/i),
         no: await a.matches('y'), shown: await a.reveal('need it'), text: \`\${a}\`, a, frozen: Object.isFrozen(a) };`,
      { call },
    );
    expect(resultOf(outcome)).toEqual({
      same: true,
      other: false,
      length: 7,
      sha: 'ff',
      yes: true,
      no: false,
      shown: 'secret.reveal {"handle":"s1","reason":"need it"}',
      text: JSON.stringify(handle('s1', 'ff')),
      a: handle('s1', 'ff'),
      frozen: true,
    });
    expect(outcome.console[0]?.text).toBe(JSON.stringify(handle('s1', 'ff')));
  });

  test('comparing with a text says how to test for it', async () => {
    const { error } = await run(`const { a } = await state.get({ key: 'k' }); return a.equals('hunter2');`, {
      call,
    });
    expect(error?.message).toContain('await secret.matches(');
  });
});

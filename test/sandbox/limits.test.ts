import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, describe, expect, test } from 'vitest';
import { createScriptClock } from '../../src/sandbox/index.ts';
import type { SandboxLimits, ScriptErrorName } from '../../src/sandbox/port.ts';
import { answer, newSandbox, resultOf, runner } from './harness.ts';

const sandbox = newSandbox();
const run = runner(sandbox);
afterAll(() => sandbox.close());

const never = () => new Promise<string>(() => {});

describe('adversarial scripts end in their named error, and the next script runs', () => {
  const scripts: Array<[string, string, ScriptErrorName[], Partial<SandboxLimits>?]> = [
    ['endless loop', 'for (;;) {}', ['CpuLimitError']],
    ['endless loop that catches everything', 'for (;;) { try { for (;;) {} } catch {} }', ['CpuLimitError']],
    ['endless loop after a call', `await k8s.list({ kind: 'Pod' }); for (;;) {}`, ['CpuLimitError']],
    ['endless native builtin', `return 'a'.repeat(2e7).indexOf('a'.repeat(9e6) + 'b')`, ['CpuLimitError']],
    ['endless regular expression', `return /^(a+)+$/.test('a'.repeat(40) + 'b')`, ['CpuLimitError']],
    ['endless promise chain', 'const go = () => Promise.resolve().then(go); await go();', ['CpuLimitError']],
    [
      'memory by doubling a string',
      `let s = 'x'; for (;;) s += s + 'y';`,
      ['MemoryLimitError'],
      { cpuMs: 8_000 },
    ],
    [
      'memory by many strings',
      `const a = []; for (let i = 0; ; i++) a.push('x'.repeat(1e5) + i);`,
      ['MemoryLimitError'],
    ],
    [
      'memory by typed arrays',
      'const a = []; for (;;) a.push(new Uint8Array(1e6).fill(1));',
      ['MemoryLimitError'],
    ],
    [
      'memory by arrays',
      'const a: any[] = []; for (;;) a.push(new Array(1e5).fill(a));',
      ['MemoryLimitError'],
    ],
    [
      'memory by one huge allocation',
      'return new ArrayBuffer(1.5e9).byteLength',
      ['MemoryLimitError'],
      { cpuMs: 8_000 },
    ],
    ['deep recursion', 'function f(n: number): number { return f(n + 1) + 1; }\nf(0);', ['StackLimitError']],
    ['recursion through a native builtin', 'const f = (): any => [1].map(f); f();', ['StackLimitError']],
    [
      'deeply nested value',
      'let v: any = []; for (let i = 0; i < 1e5; i++) v = [v]; return v;',
      ['StackLimitError'],
    ],
    ['never-settling promise', 'await new Promise(() => {});', ['DeadlockError']],
    [
      'promise flood',
      'const a = []; for (;;) a.push(Promise.resolve().then(() => 1));',
      ['MemoryLimitError', 'CpuLimitError'],
    ],
    ['a result of 30 MB as text', `return 'x'.repeat(30e6)`, ['ResultLimitError']],
    [
      'a result of many small values',
      'return Array.from({ length: 2e5 }, (_, i) => ({ i }))',
      ['ResultLimitError'],
    ],
    [
      'more calls than allowed',
      `for (;;) { try { k8s.list({ kind: 'Pod' }); } catch {} }`,
      ['CallLimitError'],
    ],
    [
      'a call that never returns',
      `await k8s.list({ kind: 'never' });`,
      ['WallTimeLimitError'],
      { wallMs: 300 },
    ],
  ];

  test.each(scripts)('%s', async (_, code, names, limits = {}) => {
    const cpuMs = names[0] === 'CpuLimitError' ? 500 : 8_000;
    const outcome = await run(code, {
      limits: { cpuMs, ...limits },
      call: (request, signal) => (request.args.includes('never') ? never() : answer(request, signal)),
    });
    expect(names).toContain(outcome.error?.name);
    expect(outcome.result).toBeUndefined();
    expect(outcome.stats.cpuMs).toBeLessThan(cpuMs + 500);
    expect(resultOf(await run('return 6 * 7'))).toBe(42);
  });

  test('a 100 MB result', async () => {
    const outcome = await run(`return 'x'.repeat(100e6)`, {
      limits: { memoryBytes: 256 * 1024 * 1024, cpuMs: 5_000 },
    });
    expect(outcome.error?.name).toBe('ResultLimitError');
  });
});

describe('results of calls', () => {
  test('one that is too large is a typed error, which the script may catch', async () => {
    const call = async () => JSON.stringify('x'.repeat(2_000));
    const limits = { maxResultBytesPerCall: 1_000 };
    const outcome = await run(`await k8s.list({ kind: 'Pod' })`, { call, limits });
    expect(outcome.error).toMatchObject({
      name: 'ResultLimitError',
      call: { id: 1, name: 'k8s.list' },
      line: 1,
    });
    expect(outcome.error?.message).toContain('more than the 1.0 KB that one call may bring in');
    const caught = await run(`try { await k8s.list({ kind: 'Pod' }) } catch (e) { return e.name }`, {
      call,
      limits,
    });
    expect(resultOf(caught)).toBe('ResultLimitError');
  });

  test('all of them together have a limit', async () => {
    const outcome = await run(`for (;;) await k8s.list({ kind: 'Pod' })`, {
      call: async () => JSON.stringify('x'.repeat(900)),
      limits: { maxResultBytesPerCall: 1_000, maxResultBytesTotal: 5_000 },
    });
    expect(outcome.error?.name).toBe('ResultLimitError');
    expect(outcome.error?.message).toContain('5.0 KB in all');
    expect(outcome.stats.calls).toBe(6);
  });
});

describe('clocks', () => {
  test('the CPU clock stands while a script waits', async () => {
    const outcome = await run(`for (let i = 0; i < 5; i++) await sleep(100); return 1`, {
      limits: { cpuMs: 300 },
    });
    expect(resultOf(outcome)).toBe(1);
    expect(outcome.stats.cpuMs).toBeLessThan(outcome.stats.durationMs);
  });

  test('the wall clock stands while a call waits for a person', async () => {
    const clock = createScriptClock();
    const outcome = await run(`return k8s.delete({ kind: 'Pod', name: 'x' })`, {
      clock,
      limits: { wallMs: 400 },
      call: async () => {
        const resume = clock.pauseWall();
        await new Promise(resolve => setTimeout(resolve, 700));
        resume();
        resume();
        return 'true';
      },
    });
    expect(resultOf(outcome)).toBe(true);
  });

  test('a wall-clock end names the call that was under way', async () => {
    const outcome = await run(`const a = 1;\nawait k8s.logs({ pod: 'x' })`, {
      call: never,
      limits: { wallMs: 200 },
    });
    expect(outcome.error).toMatchObject({ name: 'WallTimeLimitError', line: 2, call: { name: 'k8s.logs' } });
  });
});

describe('cancelling', () => {
  test.each([
    ['a waiting script', `await k8s.list({ kind: 'Pod' })`],
    ['a computing script', `k8s.list({ kind: 'Pod' }); await 0; for (;;) {}`],
  ])('%s ends within 200 ms, its calls too', async (_, code) => {
    const controller = new AbortController();
    let seen: AbortSignal | undefined;
    let abortedAt = 0;
    const outcome = await run(code, {
      signal: controller.signal,
      call: (_request, signal) => {
        seen = signal;
        setTimeout(() => {
          abortedAt = performance.now();
          controller.abort();
        }, 50);
        return never();
      },
    });
    expect(performance.now() - abortedAt).toBeLessThan(200);
    expect(outcome.error?.name).toBe('CancelledError');
    expect(seen?.aborted).toBe(true);
    expect(resultOf(await run('return 1'))).toBe(1);
  });

  test('before the start nothing runs', async () => {
    const outcome = await run(`await k8s.list({ kind: 'Pod' })`, { signal: AbortSignal.abort() });
    expect(outcome.error?.name).toBe('CancelledError');
    expect(outcome.stats.calls).toBe(0);
  });
});

test('the main thread stays responsive while scripts burn CPU', async () => {
  const limits = { cpuMs: 800 };
  const delays = monitorEventLoopDelay({ resolution: 5 });
  const ticks: number[] = [];
  const timer = setInterval(() => ticks.push(performance.now()), 20);
  delays.enable();
  await Promise.all([
    run('for (;;) {}', { limits }),
    run(`return 'a'.repeat(2e7).indexOf('a'.repeat(9e6) + 'b')`, { limits }),
  ]);
  delays.disable();
  clearInterval(timer);
  expect(ticks.length).toBeGreaterThan(10);
  expect(delays.percentile(50) / 1e6).toBeLessThan(100);
});

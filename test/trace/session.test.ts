import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { allCapabilities, capabilitiesFor } from '../../src/agent/capabilities.ts';
import type { AgentEvent } from '../../src/agent/events.ts';
import { createOffer } from '../../src/agent/modes/code/offer.ts';
import { createCatalog } from '../../src/capabilities/catalog.ts';
import { relevantCapabilities } from '../../src/capabilities/relevant.ts';
import { createOfflineModel } from '../../src/llm/offline/index.ts';
import { openTraces } from '../../src/trace/index.ts';
import { estimateTokens } from '../../src/usage/index.ts';
import { writeBundle } from '../helpers/bundle.ts';
import { freshHome } from '../helpers/kv.ts';
import { openTestSession } from '../helpers/session.ts';

const FIXTURES = new URL('../fixtures/traces/', import.meta.url).pathname;
const LOADER = `${FIXTURES}pytorch-dataloader-starvation.db`;
const VLLM = `${FIXTURES}vllm-reduced.db`;
const BUNDLE = writeBundle([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);

const script = (code: string) => `Looking.\n\`\`\`ts\n${code}\n\`\`\``;

type ScriptFinished = Extract<AgentEvent, { type: 'script-finished' }>;

/** What a script over these traces returns. */
async function run(code: string, files: string[]): Promise<ScriptFinished> {
  const session = await openTestSession(BUNDLE, [{ text: script(code) }, { text: 'Done.' }], {
    traces: files.length > 0 ? await openTraces(files) : undefined,
  });
  await session.controller.ask('what does the trace say?');
  const [finished] = session.of('script-finished');
  await session.controller.close();
  return finished!;
}

it('gives scripts every trace capability, with results of the declared shape', async () => {
  const finished = await run(
    `const [schema, stats, chains, timeline, processes, memory, compare, sql] = await Promise.all([
       trace.schema(), trace.stats({ limit: 3 }), trace.chains(), trace.timeline({ limit: 5 }),
       trace.processes(), trace.memory(),
       trace.compare({ before: {}, after: { trace: 'vllm-reduced.db' } }),
       trace.sql({ query: 'SELECT count(*) AS n FROM trace_off_cpu' }),
     ]);
     return [schema.open, stats.totals[1]?.count, chains.starvation.verdict, timeline.entries.length,
       processes.total, memory.copies[0]?.large?.copies, compare.functions.length > 0, sql.rows];`,
    [LOADER, VLLM],
  );
  expect(finished.ok && finished.result).toBe(
    JSON.stringify([
      ['pytorch-dataloader-starvation.db', 'vllm-reduced.db'],
      191_835,
      'likely',
      5,
      13,
      8,
      true,
      [{ n: 3_676 }],
    ]),
  );
});

it('says how to open a trace where none is open, and which are open where another is meant', async () => {
  expect(JSON.stringify(await run('return trace.stats()', []))).toContain('Start kv with --trace FILE');
  expect(JSON.stringify(await run("return trace.stats({ trace: '/etc/passwd' })", [VLLM]))).toContain(
    'Open are: vllm-reduced.db',
  );
});

it('offers traces to questions about GPUs, and finds them by searching', () => {
  const catalog = createCatalog(allCapabilities());
  for (const question of [
    'why is the GPU idle?',
    'which CUDA kernels launch late?',
    'why is time to first token slow?',
  ])
    expect(relevantCapabilities(catalog, question), question).toContain('trace.chains');
  expect(relevantCapabilities(catalog, 'why is pod checkout crashing?').join()).not.toContain('trace.');
  expect(catalog.search('gpu trace slow').map(hit => hit.name)).toContain('trace.chains');
  const alone = createCatalog(allCapabilities().filter(item => item.name.startsWith('trace.')));
  expect(relevantCapabilities(alone, 'what is wrong?')).toContain('trace.chains');
});

it('describes itself to a model by what is open, in a prompt that declares what most questions need', async () => {
  const catalog = createCatalog(capabilitiesFor({ cluster: false, trace: true }));
  for (const question of [
    'why is time to first token 14 times slower?',
    'is there a memory leak?',
    '왜 느린가요?',
  ]) {
    const offer = createOffer(catalog);
    offer.begin(question, 'fence');
    const text = offer.system.map(block => block.text).join('');
    expect(await estimateTokens(text)).toBeLessThanOrEqual(1_500);
    expect(text).toContain('an investigator of GPU traces');
    expect(text).not.toMatch(/k8s\.|diagnose\.|kubectl|Kubernetes/);
    for (const name of ['trace.chains(', 'trace.stats(', 'trace.timeline(']) expect(text).toContain(name);
  }
  const leak = createOffer(catalog);
  leak.begin('is there a memory leak?', 'fence');
  expect(leak.declarations).toContain('trace.memory(');
});

it('gives a model results that say the most first, and errors that name what there is', async () => {
  const whole = await run('return trace.chains();', [VLLM]);
  const text = (whole.ok && whole.result) || '';
  expect(text.length).toBeLessThan(12_000);
  expect(text).not.toContain('cut');
  const { chains } = JSON.parse(text) as { chains: Array<Record<string, unknown>> };
  expect(Object.keys(chains[0]!)[0]).toBe('sentence');
  expect(chains[0]).toMatchObject({ cause: 'on-cpu', advice: expect.stringContaining('--stacks') });
  expect(Object.values(chains[0]!).filter(value => value === 0)).toEqual([]);
  const column = await run("return trace.sql({ query: 'SELECT size FROM trace_calls' });", [VLLM]);
  expect(JSON.stringify(column)).toMatch(/no such column: size\. trace_calls has id, pid, tid, fn,.* bytes,/);
  const table = await run("return trace.sql({ query: 'SELECT * FROM calls' });", [VLLM]);
  expect(JSON.stringify(table)).toMatch(/no such table: calls\. There are trace_calls, trace_off_cpu,/);
});

it.each([
  [LOADER, 'is the data loader starving the GPU?', /The data loader starves the GPU: pt_data_worker/],
  [VLLM, 'is the data loader starving the GPU?', /no sign of a starving data loader/],
  [VLLM, 'why is time to first token slow?', /no CUDA call for 8.67 s from 5.04 s on/],
  [LOADER, 'are the copies slow?', /3.22 GB were copied at 7.3 GB\/s.*pageable/],
])('answers by rules, without a model: %s %s', async (file, question, answer) => {
  const session = await openTestSession(BUNDLE, [], {
    transport: undefined,
    model: createOfflineModel(),
    traces: await openTraces([file]),
    capabilities: allCapabilities().filter(({ name }) => !/^(?:k8s|helm|diagnose)\./.test(name)),
  });
  await session.controller.ask(question);
  const [told] = session.of('report');
  expect(told!.report.rootCause).toMatch(answer);
  expect([...told!.report.evidence, ...told!.report.affected].filter(item => !item.verified)).toEqual([]);
  await session.controller.close();
});

/** The command line from its sources. */
function kv(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((done, failed) => {
    const { env } = freshHome();
    const child = spawn(process.execPath, [resolve('src/cli/main.ts'), ...args], { env, stdio: 'pipe' });
    const out = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', chunk => {
      out.stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', chunk => {
      out.stderr += chunk;
    });
    child.on('error', failed).on('close', code => done({ code, ...out }));
    child.stdin.end();
  });
}

it('prints every view in 80 columns, and as JSON', { timeout: 60_000 }, async () => {
  const views = ['stats', 'chains', 'timeline', 'processes', 'memory', 'schema'];
  const [stats] = await Promise.all(
    views.map(async view => {
      const { code, stdout } = await kv('trace', view, LOADER);
      expect(code, view).toBe(0);
      expect(
        stdout.split('\n').filter(line => line.length > 80),
        view,
      ).toEqual([]);
      const json = await kv('trace', view, LOADER, '--output', 'json');
      expect(() => JSON.parse(json.stdout), view).not.toThrow();
      return stdout;
    }),
  );
  expect(stats).toMatch(/mm_page_alloc +1,430,581 +0 +0 ms +5.86 GB/);
  expect(stats).toMatch(/sched_switch +191,835/);
});

it('says what is wrong with a file, a statement or a command in one line', async () => {
  expect(await kv('trace', 'stats', '/etc/hostname')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /^kv: \/etc\/hostname cannot be read as a trace: it is no SQLite database\./,
    ),
  });
  expect((await kv('trace', 'sql', LOADER, 'DROP TABLE events')).stderr).toMatch(/only SELECT/);
  expect((await kv('trace', 'compare', LOADER)).stderr).toMatch(/nothing to compare it with/);
});

it('investigates traces without a cluster, the question after the file', async () => {
  const { code, stdout } = await kv(
    'investigate',
    '--trace',
    VLLM,
    '--trace',
    LOADER,
    '--output',
    'json',
    'why is time to first token slow?',
  );
  expect(code).toBe(0);
  expect(stdout).toContain('made no CUDA call for 8.67 s');
});

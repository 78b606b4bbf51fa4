import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BenchReport } from '../../src/bench/index.ts';
import { freshHome, runKv } from '../helpers/kv.ts';
import { Terminal } from '../helpers/terminal.ts';
import { SMALL_CLUSTER } from './harness.ts';

const SCENARIOS = `
id: checkout
title: A pod without its configuration
question: why is checkout crashing?
namespace: checkout
cluster: { snapshot: ${SMALL_CLUSTER} }
expect: [DATABASE_URL]
---
id: catalog
title: An image that does not exist
question: why is catalog not starting?
namespace: catalog
cluster: { snapshot: ${SMALL_CLUSTER} }
expect: [ImagePullBackOff]
forbid: [OOMKilled]
`;

describe('kv bench', () => {
  const { env, home } = freshHome();
  const folder = mkdtempSync(join(tmpdir(), 'kv-bench-test-'));
  const scenarios = join(folder, 'scenarios.yaml');
  const offline = ['bench', '--scenarios', scenarios, '--models', 'offline', '--modes', 'code'];
  beforeAll(() => writeFileSync(scenarios, SCENARIOS));

  it('answers own scenarios without a model, with the table on stdout and progress on stderr', async () => {
    const { code, stdout, stderr } = await runKv(offline, env);
    expect(stderr).toMatch(/\[2\/2\] catalog code: .*right/);
    expect(stdout).toMatch(/\n\| Scenario \| code \|.*\n\| --- \| ---: \|.*\n\| checkout \| [\d,]+ \|/);
    expect(stdout).toContain('Measured with `kv bench --scenarios');
    expect(code).toBe(0);
  });

  it('ends with 1 when an answer is wrong, and says what it lacks', async () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, SCENARIOS.replace('[DATABASE_URL]', '[DATABASE_URL, volcano]'));
    const args = ['bench', '--scenarios', file, '--models', 'offline', '--modes', 'code', '--output', 'json'];
    const { code, stdout } = await runKv(args, env);
    const report = JSON.parse(stdout) as BenchReport;
    expect(report.v).toBe(1);
    expect(report.runs.map(run => [run.scenario, run.correct, run.missed])).toEqual([
      ['checkout', false, ['volcano']],
      ['catalog', true, []],
    ]);
    expect(code).toBe(1);
  });

  it('records answers, and replays them without the model', async () => {
    const recording = join(folder, 'recording');
    const first = await runKv([...offline, '--record', recording], env);
    expect(first.code).toBe(0);
    expect(readdirSync(join(recording, 'offline')).sort()).toEqual([
      'catalog.code.1.jsonl',
      'checkout.code.1.jsonl',
    ]);
    const page = join(folder, 'page.html');
    const replay = ['bench', '--scenarios', scenarios, '--replay', recording, '-o', page];
    const second = await runKv(replay, env);
    expect([second.code, second.stdout]).toEqual([0, '']);
    expect(readFileSync(page, 'utf8')).toContain('DATABASE_URL');
  });

  it('runs a scripted scenario in both modes', async () => {
    const args = ['bench', '--only', 'pod-running', '--modes', 'code,tools', '--output', 'json'];
    const { stdout, stderr } = await runKv(args, env);
    const report = JSON.parse(stdout) as BenchReport;
    expect(
      report.scenarios.map(item => item.cells.map(cell => cell.column)),
      stderr,
    ).toEqual([['code', 'tools']]);
    expect(report.runs.every(run => run.correct && run.input > 500)).toBe(true);
  });

  it('is a race in a terminal', async () => {
    const args = [resolve('bin/kv.js'), 'bench', '--only', 'pod-running'];
    await using terminal = Terminal.start(process.execPath, args, {
      columns: 100,
      rows: 30,
      env: { HOME: home },
    });
    await terminal.waitForHistory(/pod-running +[\d,]+ +[\d,]+ +[\d.]+×/, 40_000);
    expect((await terminal.exited).code).toBe(0);
    expect(terminal.history()).toMatch(/✓ code.*✓ tools/);
  }, 60_000);

  it.each([
    [['--only', 'no-such'], /There is no scenario "no-such"/],
    [['--modes', 'fast'], /There is no mode "fast"/],
    [['--models', 'gpt'], /There is no model provider "gpt"/],
    [['--scenarios', 'nowhere.yaml'], /nowhere\.yaml cannot be read/],
    [['--replay', '/tmp'], /holds no recording/],
    [['--models', 'offline', '--modes', 'tools'], /There is nothing to run/],
  ])('refuses %j as a usage error', async (args, message) => {
    const { code, stderr } = await runKv(['bench', ...args], env);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

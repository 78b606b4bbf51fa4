import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEMO_SCENARIOS, DEMO_SNAPSHOT } from '../../src/bench/scenarios/index.ts';
import { freshHome, runKv } from '../helpers/kv.ts';
import { Terminal } from '../helpers/terminal.ts';

const start = (args: string[], options: { columns: number; rows: number }) =>
  Terminal.start(process.execPath, [resolve('bin/kv.js'), ...args], {
    ...options,
    env: { HOME: HOME.home, XDG_CACHE_HOME: CACHE },
  });

// The demo cluster is made once, under the repository's own cache folder.
const CACHE = resolve('node_modules/.cache/kv-test');
const HOME = freshHome();

describe('kv demo in a terminal', () => {
  it.each([
    { columns: 80, rows: 24 },
    { columns: 120, rows: 40 },
  ])('investigates, takes a follow-up, and leaves ($columns×$rows)', { timeout: 60_000 }, async size => {
    await using terminal = start(['demo'], size);
    const first = await terminal.waitForHistory(/answered in/, 45_000);
    expect(first).toContain('PAYMENTS_API_URL');
    expect(first).toContain('diagnose.object');
    expect(first.match(/Root cause/g)).toHaveLength(1);
    terminal.type('why is cart healthy?').press('enter');
    const second = await terminal.waitForHistory(/answered in[\s\S]*answered in/, 30_000);
    expect(second).toMatch(/cart/);
    terminal.press('ctrl+c');
    await terminal.waitFor(/again to leave/);
    terminal.press('ctrl+c');
    expect((await terminal.exited).code).toBe(130);
    for (const line of terminal.lines()) expect(line.length).toBeLessThanOrEqual(size.columns);
  });

  it('answers one question and leaves with its exit code', { timeout: 60_000 }, async () => {
    await using terminal = start(
      ['investigate', 'why is trainer pending?', '-n', 'ml', '--snapshot', `${CACHE}/kv/${DEMO_SNAPSHOT}`],
      { columns: 100, rows: 30 },
    );
    expect((await terminal.exited).code).toBe(0);
    expect(terminal.history()).toContain('nvidia.com/gpu');
    expect(terminal.history()).toMatch(/kv resume \S+/);
  });
});

describe('every demo scenario', () => {
  it.each(DEMO_SCENARIOS.map(scenario => [scenario.id, scenario] as const))(
    '%s is answered as it should be',
    { timeout: 60_000 },
    async (id, scenario) => {
      const run = await runKv(['demo', id, '--output', 'json'], { ...HOME.env, XDG_CACHE_HOME: CACHE });
      expect(run.code, run.stderr).toBe(0);
      const { report, answer } = JSON.parse(run.stdout);
      const said = `${JSON.stringify(report)}\n${answer ?? ''}`;
      for (const pattern of scenario.expect) expect(said).toMatch(pattern);
      for (const pattern of scenario.forbid) expect(said).not.toMatch(pattern);
      expect(report.evidence.every((item: { verified: boolean }) => item.verified)).toBe(true);
    },
  );

  it('is listed', async () => {
    const run = await runKv(['demo', '--list'], HOME.env);
    for (const { id, question } of DEMO_SCENARIOS)
      expect(run.stdout).toMatch(new RegExp(`${id}[\\s\\S]*${question.slice(0, -1)}`));
  });
});

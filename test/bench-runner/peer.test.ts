import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { identifyPeer } from '../../src/bench/index.ts';
import { startPeer } from '../../src/bench/peer/server.ts';
import type { PolicyTurn } from '../../src/bench/policy.ts';
import { checkoutPolicy, runScripted, scenario } from './harness.ts';

const FAKE = `${process.execPath} --no-warnings ${resolve('test/bench-runner/fixtures/fake-peer.ts')}`;
const options = () => ({
  env: { PATH: process.env.PATH, ANTHROPIC_API_KEY: 'key' },
  version: '0.0.0',
  signal: AbortSignal.timeout(20_000),
});

describe("another server's tools", () => {
  it("are called by their own names on the scenario's cluster, and their results come back whole", async () => {
    const seen: string[][] = [];
    const answer = (turn: PolicyTurn) => {
      seen.push(turn.results);
      const calls = [
        { name: 'pods.list-all', input: { namespace: 'checkout' } },
        { name: 'long', input: {} },
      ];
      if (turn.index === 0) return { text: '', calls };
      return { text: `${/checkout-[a-z0-9]+-[a-z0-9]+/.exec(turn.results[0] ?? '')?.[0]} crashes` };
    };
    const policy = { ...checkoutPolicy, peers: { 'fake-peer': answer } };
    const { results, report } = await runScripted({
      scenarios: [
        scenario({ policy, expect: ['checkout-9db494857-rvbxz'], forbid: [] }),
        scenario({ id: 'other' }),
      ],
      modes: ['code'],
      peers: { 'fake-peer': FAKE },
    });
    const run = results.find(result => result.column === 'fake-peer');
    expect(run).toMatchObject({ scenario: 'checkout', status: 'answered', correct: true, calls: 2 });
    const [list, long] = seen[1]!;
    expect(JSON.parse(list!)).toMatchObject({ kind: 'PodList' });
    expect(long).toMatch(/(word ){20000}end$/);
    expect(long).not.toContain('hunter2');
    expect(run!.input).toBeGreaterThan(20_000);
    expect(report.notCovered).toEqual([
      { scenario: 'other', column: 'fake-peer', why: expect.stringContaining('fake-peer') },
    ]);
    expect(report.scenarios[0]!.cells.map(cell => cell.column)).toContain('fake-peer');
  });

  it('are found by the name that the server gives itself', async () => {
    expect(await identifyPeer(FAKE, scenario(), options())).toBe('fake-peer');
  });

  it("that do not start are a sentence with the server's last words", async () => {
    const command = `${process.execPath} -e 'console.error("no such flag"); process.exit(3)'`;
    await expect(identifyPeer(command, scenario(), options())).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('no such flag'),
    });
  });
});

describe('a server that misbehaves', () => {
  const bad = (how: string) =>
    `${process.execPath} --no-warnings ${resolve('test/bench-runner/fixtures/fake-bad-peer.ts')} ${how}`;
  const start = (how: string) =>
    startPeer(bad(how), { env: { PATH: process.env.PATH! }, version: '0', signal: options().signal });

  it('by naming tools without end, does not start', async () => {
    await expect(start('endless')).rejects.toMatchObject({ message: expect.stringContaining('pages') });
  });

  it('by dying in a call, is told to the model, then and later', async () => {
    const peer = await start('dies');
    for (let i = 0; i < 2; i++) {
      const answer = await peer.call('run', { data: 'password: abc"def' }, options().signal);
      expect(answer).toMatchObject({ isError: true, text: expect.stringMatching(/clos|connect/i) });
    }
    await peer.close();
  });

  it('by garbage between its messages, or 5 MB in one, is still understood', async () => {
    for (const how of ['garbage', 'huge']) {
      const peer = await start(how);
      const { text, isError } = await peer.call('run', {}, options().signal);
      expect([how, isError, text.length]).toEqual([how, false, how === 'huge' ? 5_000_000 : 10]);
      await peer.close();
    }
  });
});

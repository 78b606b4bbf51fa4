import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { identifyPeer } from '../../src/bench/index.ts';
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

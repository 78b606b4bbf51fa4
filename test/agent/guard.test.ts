import { describe, expect, it } from 'vitest';
import { ProgressGuard } from '../../src/agent/guard.ts';

describe('the progress guard', () => {
  it('lets different scripts pass', () => {
    const guard = new ProgressGuard();
    for (let i = 0; i < 20; i++) expect(guard.observe({ fingerprint: `return ${i}` }).kind).toBe('fine');
  });

  it('answers the same script with two different nudges, then stops', () => {
    const guard = new ProgressGuard();
    guard.observe({ fingerprint: 'return 1' });
    const first = guard.observe({ fingerprint: 'return  1' });
    const second = guard.observe({ fingerprint: 'return 1\n' });
    expect([first.kind, second.kind, guard.observe({ fingerprint: 'return 1' }).kind]).toEqual([
      'nudge',
      'nudge',
      'stop',
    ]);
    expect(first).not.toEqual(second);
  });

  it('sees the same failure in different scripts', () => {
    const guard = new ProgressGuard();
    guard.observe({ fingerprint: 'a', failure: 'line 3: pod not found' });
    expect(guard.observe({ fingerprint: 'b', failure: 'line 9: pod not found' }).kind).toBe('nudge');
  });

  it('sees a row of different failures, and forgets it after a success', () => {
    const guard = new ProgressGuard();
    for (const failure of ['a', 'b', 'c']) guard.observe({ fingerprint: failure, failure });
    expect(guard.observe({ fingerprint: 'd', failure: 'd' })).toMatchObject({
      kind: 'nudge',
      reason: 'failing in a row',
    });
    guard.observe({ fingerprint: 'ok' });
    expect(guard.observe({ fingerprint: 'e', failure: 'e' }).kind).toBe('fine');
  });
});

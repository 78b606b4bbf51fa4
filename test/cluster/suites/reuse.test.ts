import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScriptedStep } from '../../../src/llm/index.ts';
import { succeed } from '../plane/parts/kubectl.ts';
import { kubectl, newNamespace } from '../support/plane.ts';
import { calls, type LiveSession, openLiveSession, script } from '../support/session.ts';

const READ = "(await k8s.get({ kind: 'ConfigMap', name: 'flag' })).data.open";
const LOOK = script('I look.', `return ${READ};`);

describe('the same read again on a live cluster', () => {
  let namespace: string;
  let session: LiveSession;
  /** Advances only when a test says so. */
  let now: number;
  const open = async (steps: ScriptedStep[], mode: 'code' | 'tools' = 'code') => {
    session = await openLiveSession(namespace, steps, { mode, now: () => now });
    return session;
  };
  const change = (open: string) =>
    succeed(kubectl(), [
      'patch',
      'configmap',
      'flag',
      '-n',
      namespace,
      '-p',
      JSON.stringify({ data: { open } }),
    ]);
  const results = () => session.of('script-finished').map(event => event.result);
  const cached = () => session.of('call-finished').map(event => event.cached === true);

  beforeEach(async () => {
    now = Date.now();
    namespace = await newNamespace('reuse');
    await succeed(kubectl(), ['create', 'configmap', 'flag', '-n', namespace, '--from-literal=open=no']);
  });
  afterEach(() => session.controller.close());

  it('is made anew by a script that polls, which sees what others change', async () => {
    await open([
      script(
        'I poll.',
        `const seen: string[] = [];
while (seen.at(-1) !== 'yes') {
  seen.push(${READ});
  if (seen.length === 1) console.log('looked');
  await sleep(20);
}
return [...new Set(seen)];`,
      ),
      'It is open.',
    ]);
    const asking = session.ask('is the flag open?');
    await session.next('console');
    await change('yes');
    await asking;
    expect(results()).toEqual(['["no","yes"]']);
    expect(cached()).not.toContain(true);
  });

  it('is answered from memory in the next turn, for ten seconds, and says so', async () => {
    const later = (ms: number) => () => {
      now += ms;
      return LOOK;
    };
    await open([LOOK, later(9_000), later(2_000), 'It is closed.']);
    await session.ask('is the flag open?');
    expect(results()).toEqual(['"no"', '"no"', '"no"']);
    expect(cached()).toEqual([false, true, false]);
    expect(session.readsOf('configmaps')).toBe(2);
  });

  it('is made anew after a change of its own', async () => {
    const patch = { kind: 'ConfigMap', name: 'flag', type: 'merge', patch: { data: { open: 'yes' } } };
    await open([
      LOOK,
      script('I open it.', `await k8s.patch(${JSON.stringify(patch)});\nreturn ${READ};`),
      LOOK,
      'Ok.',
    ]);
    void session.approveAll();
    await session.ask('open the flag');
    expect(results()).toEqual(['"no"', '"yes"', '"yes"']);
    expect(cached()).toEqual([false, false, false, true]);
  });

  // The price of reuse: no API call tells for less that nothing has changed.
  it('does not see for ten seconds what others changed between two turns, and is marked', async () => {
    const changed = async (): Promise<string> => {
      await change('yes');
      return LOOK;
    };
    const later = () => {
      now += 10_001;
      return LOOK;
    };
    await open([LOOK, changed, later, 'It is open.']);
    await session.ask('is the flag open?');
    expect(results()).toEqual(['"no"', '"no"', '"yes"']);
    expect(cached()).toEqual([false, true, false]);
  });

  it('is what a wait ends: the read after it is new', async () => {
    const wait = `await k8s.wait({ kind: 'ConfigMap', name: 'flag', for: 'data.open=yes' });`;
    await open([LOOK, script('I wait.', `${wait}\nreturn ${READ};`), 'It is open.']);
    const asking = session.ask('wait until the flag is open');
    await session.answering(({ query }) => query?.['watch'] === true);
    await change('yes');
    await asking;
    expect(results()).toEqual(['"no"', '"yes"']);
  });

  it('is answered from memory in tools mode as well', async () => {
    const get = calls(['k8s_get', { kind: 'ConfigMap', name: 'flag' }]);
    await open([get, get, 'It is closed.'], 'tools');
    await session.ask('is the flag open?');
    expect(cached()).toEqual([false, true]);
    const [first, again] = session.of('tools-answered').map(event => event.results[0]?.text);
    expect(first).toContain('open: no');
    expect(again).toBe(first);
  });
});

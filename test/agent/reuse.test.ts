import { afterEach, describe, expect, it } from 'vitest';
import { allCapabilities } from '../../src/agent/capabilities.ts';
import type { SessionController } from '../../src/agent/controller.ts';
import { createReuse } from '../../src/agent/reuse.ts';
import { openSnapshot } from '../../src/cluster/index.ts';
import type { Transport } from '../../src/cluster/transport.ts';
import type { ScriptedStep } from '../../src/llm/index.ts';
import { type BundleObject, writeBundle } from '../helpers/bundle.ts';
import { openTestSession } from '../helpers/session.ts';

const config = (name: string, value: string): BundleObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop', uid: name, resourceVersion: '5' },
  data: { value },
});
const PASSWORD = 'c0rrect-horse-battery';
const OBJECTS: BundleObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'media' } },
  config('settings', 'first'),
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'settings', namespace: 'shop', uid: 's' },
    type: 'Opaque',
    data: { password: Buffer.from(PASSWORD).toString('base64') },
  },
  { ...config('settings', 'elsewhere'), metadata: { name: 'settings', namespace: 'media', uid: 'm' } },
];

const script = (code: string) => `Looking.\n\`\`\`ts\n${code}\n\`\`\``;
const READ = "return (await k8s.get({ kind: 'ConfigMap', name: 'settings' })).data.value;";
const WRITE =
  "await k8s.patch({ kind: 'ConfigMap', name: 'settings', type: 'merge', patch: { data: { value: 'second' } } });";

const opened: SessionController[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map(controller => controller.close()));
});

/** A cluster that says it is live, with a look at every read of the one object that the scripts ask for. */
async function open(steps: ScriptedStep[], options: { live: boolean; now?: () => number }) {
  const snapshot = await openSnapshot(writeBundle(OBJECTS), {
    signal: AbortSignal.timeout(10_000),
    namespace: 'shop',
  });
  const reads: string[] = [];
  const transport: Transport = {
    info: { ...snapshot.info, source: options.live ? 'live' : 'snapshot' },
    capturedAt: options.live ? undefined : snapshot.capturedAt,
    request: request => {
      if (request.method === 'GET' && request.path.endsWith('/settings')) reads.push(request.path);
      return snapshot.request(request);
    },
    close: () => snapshot.close(),
  };
  const session = await openTestSession(transport, steps, options.now ? { now: options.now } : {});
  opened.push(session.controller);
  const cached = () => session.of('call-finished').map(event => event.cached === true);
  const results = () => session.of('script-finished').map(event => event.result ?? event.error?.message);
  return { ...session, reads, cached, results };
}

describe('the same read again, in a snapshot', () => {
  it('costs no request, in the same script and in later ones, and is marked', async () => {
    const session = await open(
      [
        script(READ),
        script(`const a = await k8s.get({ name: 'settings', kind: 'ConfigMap' });\n${READ}`),
        'Done.',
      ],
      { live: false },
    );
    await session.controller.ask('what is set?');
    expect(session.results()).toEqual(['"first"', '"first"']);
    expect(session.reads).toHaveLength(1);
    expect(session.cached()).toEqual([false, true, true]);
    expect(session.calls.map(call => call.result)).toEqual(Array(3).fill(session.calls[0]!.result));
  });

  it('is read anew after a change', async () => {
    const session = await open([script(READ), script(`${WRITE}\n${READ}`), 'Done.'], { live: false });
    const asked = session.controller.ask('what is set?');
    const { approval } = await session.next('approval-requested');
    session.controller.decide(approval.id, { outcome: 'allow' });
    await asked;
    expect(session.results()).toEqual(['"first"', '"second"']);
    expect(session.cached()).not.toContain(true);
  });

  it('is another read in another namespace', async () => {
    const session = await open([script(READ), 'Done.', script(READ), 'Done.'], { live: false });
    await session.controller.ask('what is set?');
    await session.controller.setNamespace('media');
    await session.controller.ask('and here?');
    expect(session.results()).toEqual(['"first"', '"elsewhere"']);
  });

  it('hands out values that a script may change', async () => {
    const change =
      "const map = await k8s.get({ kind: 'ConfigMap', name: 'settings' });\nmap.data.value = 'spoilt';\nreturn map.data.value;";
    const session = await open([script(change), script(READ), 'Done.'], { live: false });
    await session.controller.ask('what is set?');
    expect(session.results()).toEqual(['"spoilt"', '"first"']);
  });
});

describe('the same read again, on a live cluster', () => {
  const LOOP = `const seen: string[] = [];
for (let i = 0; i < 3; i++) seen.push((await k8s.get({ kind: 'ConfigMap', name: 'settings' })).data.value);
return seen.length;`;

  it('is always made anew within one script, so that loops see changes', async () => {
    const session = await open([script(LOOP), 'Done.'], { live: true, now: () => 1_000_000 });
    await session.controller.ask('what is set?');
    expect(session.results()).toEqual(['3']);
    expect(session.reads).toHaveLength(3);
  });

  it('is answered from memory in a later turn for ten seconds', async () => {
    let now = 1_000_000;
    const session = await open(
      [
        script(READ),
        () => {
          now += 9_000;
          return script(READ);
        },
        () => {
          now += 2_000;
          return script(READ);
        },
        'Done.',
      ],
      { live: true, now: () => now },
    );
    await session.controller.ask('what is set?');
    expect(session.cached()).toEqual([false, true, false]);
    expect(session.reads).toHaveLength(2);
  });

  it('is made anew after a sleep', async () => {
    const session = await open([script(READ), script(`await sleep(1);\n${READ}`), 'Done.'], {
      live: true,
      now: () => 1_000_000,
    });
    await session.controller.ask('what is set?');
    expect(session.reads).toHaveLength(2);
  });

  it('is never answered from memory for measurements and the session itself', async () => {
    const ask =
      "await state.set({ key: 'a', value: 1 });\nreturn [await state.keys(), await k8s.can({ verb: 'get', kind: 'Pod' }).catch(() => null)];";
    const session = await open([script(ask), script(ask), 'Done.'], { live: false });
    await session.controller.ask('what may I do?');
    expect(session.cached()).not.toContain(true);
  });
});

describe('a secret that was read before', () => {
  it('is the same handle again', async () => {
    const read = script("return (await k8s.get({ kind: 'Secret', name: 'settings' })).data;");
    const session = await open([read, read, 'Done.'], { live: false });
    await session.controller.ask('what is set?');
    const [first, again] = session.results();
    expect(first).toContain('$secret');
    expect(again).toBe(first);
    expect(session.cached()).toEqual([false, true]);
    expect(JSON.stringify([session.events, session.model.requests])).not.toContain(PASSWORD);
  });
});

describe('memory', () => {
  it('is bounded: the least recently used answers go first', () => {
    const reuse = createReuse({ now: () => 0, revision: () => 0 });
    const capability = allCapabilities().find(item => item.name === 'k8s.get')!;
    const place = { turn: 1, step: 1 };
    const at = (name: string) => reuse.open(capability, { kind: 'Pod', name }, place);
    for (const name of ['a', 'b', 'c', 'd']) at(name).keep('x'.repeat(7_900_000));
    expect(at('a').known).toBeDefined();
    at('e').keep('x'.repeat(7_900_000));
    expect(['a', 'b', 'c', 'd', 'e'].map(name => at(name).known !== undefined)).toEqual([
      true,
      false,
      true,
      true,
      true,
    ]);
  });
});

describe('evidence from a read that was answered from memory', () => {
  it('is verified like any other', async () => {
    const report = `REPORT
Verdict: cause-found
Root cause: The value is first.
Confidence: high
Affected:
- ConfigMap shop/settings
Evidence:
- "value: first" — k8s.get`;
    const session = await open([script(READ), script(READ), report], { live: false });
    await session.controller.ask('what is set?');
    expect(session.of('report')[0]!.report.evidence).toMatchObject([{ verified: true }]);
  });
});

import { describe, expect, it } from 'vitest';
import type { AgentEvent, AgentEventBody, SessionContext } from '../../src/agent/events.ts';
import { createWriter, type JsonResult } from '../../src/headless/index.ts';
import type { ScriptedStep } from '../../src/llm/index.ts';
import { writeBundle } from '../helpers/bundle.ts';
import { openTestSession } from '../helpers/session.ts';

const BUNDLE = writeBundle([
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-1', namespace: 'shop' },
    spec: { containers: [] },
    status: { phase: 'Running' },
  },
]);

const script = (code: string): ScriptedStep => ({ text: `I look.\n\n\`\`\`ts\n${code}\n\`\`\`` });
const REPORT: ScriptedStep = {
  text: 'REPORT\nVerdict: healthy\nRoot cause: web-1 runs.\nConfidence: high\nAffected:\n- Pod shop/web-1\nEvidence:\n- "web-1" — k8s.pods\n',
};

const CONTEXT: SessionContext = {
  mode: 'auto',
  model: { provider: 'anthropic', id: 'claude-sonnet-4-5' },
  readOnly: false,
};

/** What a format printed of one question, asked of a real session without anybody to approve. */
async function printed(format: 'text' | 'json' | 'stream-json', steps: ScriptedStep[]) {
  const session = await openTestSession(BUNDLE, steps, { namespace: 'shop', interactive: false });
  let [out, err] = ['', ''];
  const writer = createWriter(format, {
    out: text => {
      out += text;
    },
    err: text => {
      err += text;
    },
  });
  await session.controller.ask('is web healthy?');
  await session.controller.close();
  await session.done;
  for (const event of session.events) writer.event(event);
  writer.end();
  return { out, err };
}

describe('text', () => {
  it('keeps the answer on stdout and the progress on stderr', async () => {
    const { out, err } = await printed('text', [
      script("return await k8s.pods({ namespace: 'shop' })"),
      REPORT,
    ]);
    expect(out).toMatch(/^Nothing is wrong \(confidence high\)\nweb-1 runs\./u);
    expect(out).not.toMatch(/[✓✗→]/u);
    expect(err).toMatch(/^session test, /mu);
    expect(err).toMatch(/^turn 1: I look\.$/mu);
    expect(err).toMatch(/^ {2}✓ k8s\.pods -n shop: 1 item, .*ms$/mu);
    expect(err).toMatch(/^answered \(2 turns, 1 call, /mu);
    expect(err).toMatch(/^~?[\d.]+k? tokens in, ~?\d+ out, .* tools mode \(~[\d.]+k?\)$/mu);
    expect(err).not.toContain('web-1 runs.');
  });

  it('says each of a few calls once, with its own outcome, and counts a flood', async () => {
    const flood = `const names = Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? 'gone-' + i : 'web-1'));
return (await Promise.allSettled(names.map(name => k8s.get({ kind: 'Pod', name, namespace: 'shop' })))).length;`;
    const { err } = await printed('text', [script(flood), REPORT]);
    expect(err.match(/^ {2}✓ k8s\.get Pod shop\/web-1: /gmu)).toHaveLength(5);
    expect(err.match(/^ {2}✗ k8s\.get Pod shop\/gone-\d+: .*gone-\d+/gmu)).toHaveLength(5);
    expect(err).toContain('  … k8s.get: 25 more ok, 5 more failed\n');
  });
});

describe('the progress of both modes', () => {
  const usage = {
    inputTokens: 4_000,
    outputTokens: 100,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    estimated: false,
  };
  const call = (id: number, line: number, cached?: boolean): AgentEventBody[] => [
    {
      type: 'call-started',
      turn: 1,
      call: id,
      name: 'k8s.pods',
      args: { namespace: 'shop' },
      effect: 'read',
      line,
    },
    {
      type: 'call-finished',
      call: id,
      ok: true,
      bytes: 900,
      durationMs: 5,
      summary: '3 items',
      cached,
      asTool: { call: 40, result: 12_000, pages: 1 },
    },
  ];
  const toolTurn: AgentEventBody[] = [
    { type: 'mode-chosen', mode: 'tools', reason: 'one look-up will do' },
    { type: 'turn-started', turn: 1, mode: 'tools' },
    {
      type: 'turn-finished',
      turn: 1,
      text: '',
      toolCalls: [{ id: 'a', name: 'k8s__pods', input: {} }],
      usage,
      durationMs: 1,
    },
    ...call(1, 0),
    { type: 'tools-answered', turn: 1, results: [{ id: 'a', text: '[]', isError: false }] },
  ];
  const scriptTurn: AgentEventBody[] = [
    { type: 'mode-chosen', mode: 'code', reason: 'many pods are to be read' },
    { type: 'turn-started', turn: 2, mode: 'code' },
    { type: 'turn-finished', turn: 2, text: '', script: 'return 1', usage, durationMs: 1 },
    { type: 'script-repaired', turn: 2, repairs: ['a bracket was missing'], script: 'return 1' },
    { type: 'script-checked', turn: 2, ok: true, message: '', durationMs: 1 },
    { type: 'script-started', turn: 2 },
    ...call(2, 1, true),
    { type: 'budget', level: 'warning', scope: 'perDay', text: '84 % of the daily budget is used.' },
    { type: 'script-finished', turn: 2, ok: true, result: '1', calls: 1, cpuMs: 1, durationMs: 1 },
  ];

  it('says how, what was mended, what came from memory, what it cost and would have cost', () => {
    let err = '';
    const writer = createWriter('text', {
      out: () => {},
      err: text => {
        err += text;
      },
    });
    const bodies: AgentEventBody[] = [
      { type: 'session-started', session: 's', version: '1', resumed: false, context: CONTEXT },
      { type: 'question', text: 'why?' },
      { type: 'tools-baseline', system: 500, declarations: 5_000, question: 50 },
      ...toolTurn,
      ...scriptTurn,
      { type: 'answer', text: 'So it is.' },
      { type: 'finished', status: 'answered', turns: 2, calls: 2, durationMs: 10 },
    ];
    for (const [index, body] of bodies.entries()) writer.event({ v: 1, seq: index + 1, at: index, ...body });
    expect(err.split('\n')).toEqual([
      'session s, anthropic:claude-sonnet-4-5',
      '? why?',
      'mode tools: one look-up will do',
      'turn 1: makes 1 call',
      '  ✓ k8s.pods -n shop: 3 items, 900 B, 5 ms',
      'mode changed to code: many pods are to be read',
      'turn 2: runs a script',
      '  repaired: a bracket was missing',
      '  ✓ k8s.pods -n shop: 3 items, 900 B, cached',
      'budget: 84 % of the daily budget is used.',
      'answered (2 turns, 2 calls, 10 ms)',
      expect.stringMatching(
        /^8\.0k tokens in, 200 out, \$0\.027, \d\.\d× (?:less|more) than tools mode \(~[\d.]+k\)$/u,
      ),
      '',
    ]);
  });
});

describe('json', () => {
  it('is one object, with the changes that nobody could approve', async () => {
    const change =
      "return await k8s.delete({ kind: 'Pod', name: 'web-1', namespace: 'shop' }).catch(e => e.message)";
    const { out, err } = await printed('json', [script(change), REPORT]);
    expect(out.trim().split('\n')).toHaveLength(1);
    const result = JSON.parse(out) as JsonResult;
    expect(result).toMatchObject({
      session: 'test',
      status: 'answered',
      report: { verdict: 'healthy', rootCause: 'web-1 runs.' },
      answer: null,
      calls: [{ name: 'k8s.delete', ok: false }],
      denied: [{ verb: 'delete', kind: 'Pod', namespace: 'shop', name: 'web-1' }],
    });
    expect(err).toContain('! wants to delete Pod shop/web-1');
  });

  it('says which calls were answered from memory', async () => {
    const read = script("return (await k8s.pods({ namespace: 'shop' })).count;");
    const { out } = await printed('json', [read, read, REPORT]);
    const { calls } = JSON.parse(out) as JsonResult;
    expect(calls.map(call => call.cached)).toEqual([undefined, true]);
  });

  it('is one object when the model fails, and says why', async () => {
    const { out } = await printed('json', []);
    const result = JSON.parse(out) as JsonResult;
    expect(result.status).not.toBe('answered');
    expect(result.message).toMatch(/\w/u);
    expect(result).toMatchObject({ report: null, calls: [], denied: [] });
  });
});

describe('stream-json', () => {
  it('is every event in order, one a line, and nothing on stderr', async () => {
    const { out, err } = await printed('stream-json', [script("console.log('a\\nb'); return 1"), REPORT]);
    const events = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as AgentEvent);
    expect(events.map(event => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(events[0]).toMatchObject({ v: 1, type: 'session-started' });
    expect(events.at(-1)).toMatchObject({ type: 'finished', status: 'answered' });
    expect(events.filter(event => event.type === 'report')).toHaveLength(1);
    expect(err).toBe('');
  });
});

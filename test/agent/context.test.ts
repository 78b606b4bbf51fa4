import { afterEach, describe, expect, it } from 'vitest';
import type { SessionController } from '../../src/agent/controller.ts';
import { createScriptedModel, type ScriptedStep } from '../../src/llm/index.ts';
import type { ContentPart, ModelRequest } from '../../src/llm/port.ts';
import { loadTokenEstimator } from '../../src/usage/index.ts';
import { writeBundle } from '../helpers/bundle.ts';
import { openTestSession } from '../helpers/session.ts';

const count = await loadTokenEstimator();
const CLUSTER = writeBundle([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
const script = (code: string) => `Looking.\n\`\`\`ts\n${code}\n\`\`\``;
/** Rows that take some 35 tokens each; `start` makes every result another one. */
const rows = (start: number, many: number) =>
  script(
    `return Array.from({ length: ${many} }, (_, i) => ({ name: \`pod-\${${start} + i}-\${(i * 7919).toString(36)}\`, phase: 'Running', restarts: i, note: 'all quiet' }));`,
  );

const opened: SessionController[] = [];
async function open(
  steps: ScriptedStep[],
  contextWindow: number,
  overrides: Parameters<typeof openTestSession>[2] = {},
) {
  const model = createScriptedModel(steps, { contextWindow });
  const session = await openTestSession(CLUSTER, steps, { namespace: 'shop', model, ...overrides });
  opened.push(session.controller);
  return { ...session, model };
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map(controller => controller.close()));
});

const textOf = (part: ContentPart) => (part.type === 'tool-call' ? JSON.stringify(part.input) : part.text);
function tokensOf(request: ModelRequest): number {
  const parts = request.messages.flatMap(message => message.content);
  const system = request.system.map(block => block.text).join('');
  return count(system) + count(JSON.stringify(request.tools ?? [])) + count(parts.map(textOf).join('\n'));
}

/** What providers demand: roles alternate from `user` on, nothing is empty, every call has its one result next. */
function expectValid(request: ModelRequest): void {
  for (const [i, message] of request.messages.entries()) {
    expect(message.role).toBe(i % 2 === 0 ? 'user' : 'assistant');
    expect(message.content.length).toBeGreaterThan(0);
    const called = message.content.flatMap(part => (part.type === 'tool-call' ? [part.id] : []));
    const next = request.messages[i + 1]?.content ?? [];
    const answered = next.flatMap(part => (part.type === 'tool-result' ? [part.id] : []));
    expect(answered.sort()).toEqual(called.sort());
  }
}
const wordsOf = (request: ModelRequest) =>
  request.messages.flatMap(message => message.content.map(textOf)).join('\n');

describe('a conversation in a window of 8,000 tokens', () => {
  it('never exceeds it over many turns and questions, and stays valid', async () => {
    const steps: ScriptedStep[] = [];
    for (let question = 1; question <= 6; question++) {
      for (let turn = 0; turn < 5; turn++) steps.push(rows(question * 1_000 + turn * 100, 60));
      steps.push(`Question ${question} is settled: pod-${question} is fine.`);
    }
    const session = await open(steps, 8_000);
    for (let question = 1; question <= 6; question++) {
      await session.controller.ask(`what about number ${question}?`);
    }
    expect(session.of('finished').map(event => event.status)).toEqual(Array(6).fill('answered'));
    expect(session.model.requests).toHaveLength(36);
    for (const request of session.model.requests) {
      expect(tokensOf(request) + request.maxOutputTokens).toBeLessThanOrEqual(8_000);
      expectValid(request);
    }
    const last = wordsOf(session.model.requests.at(-1)!);
    expect(last).toContain('Question: what about number 6?');
    expect(last).toMatch(/Question 5 is settled/);
    expect(session.of('notice').some(event => event.text.includes('Condensed the conversation'))).toBe(true);
  });

  it('cuts what is too long by itself: the newest result, a pasted question', async () => {
    const session = await open([rows(1, 400), 'Done.'], 8_000);
    await session.controller.ask(`what is this? ${'word and number 4711, '.repeat(3_000)}`);
    for (const request of session.model.requests) {
      expect(tokensOf(request) + request.maxOutputTokens).toBeLessThanOrEqual(8_000);
      expectValid(request);
    }
  });

  it('keeps tool calls with their results', async () => {
    const steps: ScriptedStep[] = [];
    for (let turn = 0; turn < 12; turn++) {
      steps.push({ toolCalls: [{ name: 'k8s_list', input: { kind: 'Namespace', limit: turn + 1 } }] });
    }
    const note = 'A long remark on what was found here. '.repeat(40);
    const session = await open(
      [...steps.map(step => ({ ...(step as object), text: note })), 'Done.'],
      8_000,
      {
        mode: 'tools',
      },
    );
    await session.controller.ask('which namespaces are there?');
    const condensed = session.of('notice').length;
    expect(condensed).toBeGreaterThan(0);
    expect(condensed).toBeLessThan(4);
    expect(session.of('finished')[0]!.status).toBe('answered');
    for (const request of session.model.requests) {
      expect(tokensOf(request) + request.maxOutputTokens).toBeLessThanOrEqual(8_000);
      expectValid(request);
    }
  });
});

describe('a long session with a large model', () => {
  it('does not carry old results along, condenses seldom, and keeps the prefix in between', async () => {
    const steps: ScriptedStep[] = [];
    for (let question = 0; question < 6; question++) {
      for (let turn = 0; turn < 3; turn++) steps.push(rows(question * 1_000 + turn * 200, 145));
      steps.push(`Settled ${question}.`);
    }
    const session = await open(steps, 1_000_000);
    for (let question = 0; question < 6; question++) await session.controller.ask(`number ${question}?`);
    const { requests } = session.model;
    const sizes = requests.map(tokensOf);
    expect(Math.max(...sizes)).toBeLessThan(60_000);
    expect(Math.max(...sizes)).toBeGreaterThan(35_000);
    const condensed = session.of('notice').filter(event => event.text.includes('Condensed'));
    expect(condensed.length).toBeGreaterThan(0);
    expect(condensed.length).toBeLessThan(4);
    const broken = requests.slice(1).filter((request, i) => {
      const before = JSON.stringify(requests[i]!.messages.flatMap(message => message.content)).slice(0, -1);
      return !JSON.stringify(request.messages.flatMap(message => message.content)).startsWith(before);
    });
    expect(broken).toHaveLength(condensed.length);
  });

  it('condenses earlier when the provider has forgotten the prefix anyway, and leaves the question at hand alone', async () => {
    let now = Date.UTC(2026, 0, 1);
    const session = await open(
      [
        rows(1, 120),
        rows(200, 120),
        rows(400, 120),
        rows(600, 120),
        'First.',
        rows(800, 120),
        'Second.',
        'Third.',
      ],
      1_000_000,
      { now: () => now },
    );
    await session.controller.ask('first?');
    now += 60_000;
    await session.controller.ask('second?');
    expect(wordsOf(session.model.requests.at(-1)!)).toContain('pod-1-');
    now += 6 * 60_000;
    await session.controller.ask('third?');
    const last = wordsOf(session.model.requests.at(-1)!);
    expect(last).not.toContain('pod-1-');
    expect(last).toContain('First.');
    expect(last).toContain('state.result({ turn })');
    expectValid(session.model.requests.at(-1)!);
  });
});

describe('what was left out', () => {
  it('is reachable from scripts, whole, after it was shortened', async () => {
    const session = await open(
      [
        rows(1, 300),
        rows(1_000, 60),
        rows(2_000, 60),
        rows(3_000, 60),
        script(
          'const old = await state.result({ turn: 1 });\nreturn { rows: old.length, last: old[299].name, kept: (await state.results()).map(row => [row.turn, row.question, row.whole]) };',
        ),
        'Done.',
      ],
      8_000,
    );
    await session.controller.ask('what is there?');
    const shortened = wordsOf(session.model.requests[4]!);
    expect(shortened).toContain('state.result({ turn: 1 }) returns it whole');
    const result = JSON.parse(session.of('script-finished')[4]!.result!);
    expect(result).toEqual({
      rows: 300,
      last: expect.stringMatching(/^pod-300-/),
      kept: [1, 2, 3, 4].map(turn => [turn, 'what is there?', true]),
    });
  });

  it('of a resumed session is what its events still have', async () => {
    const first = await open([rows(1, 300), 'Done.'], 200_000);
    await first.controller.ask('what is there?');
    const second = await open(
      [
        script(
          'const [row] = await state.results();\nreturn [row, (await state.result({ turn: 1 })).length];',
        ),
        'Done.',
      ],
      200_000,
      { past: { events: first.events, calls: [], state: [] } },
    );
    await second.controller.ask('and now?');
    const [row, length] = JSON.parse(second.of('script-finished')[0]!.result!);
    expect(row).toMatchObject({ turn: 1, question: 'what is there?', whole: false });
    expect(length).toBeGreaterThan(5);
    expect(length).toBeLessThan(300);
  });

  it('is no evidence: what a script made up stays unverified', async () => {
    const report = `REPORT
Verdict: cause-found
Root cause: The disk is on fire.
Confidence: high
Evidence:
- "FATAL: the disk is on fire" — k8s.logs shop/web-0`;
    const session = await open(
      [
        script("return 'FATAL: the disk is on fire';"),
        script('return await state.result({ turn: 1 });'),
        report,
      ],
      200_000,
    );
    await session.controller.ask('what is wrong?');
    expect(session.of('report')[0]!.report).toMatchObject({
      evidence: [{ verified: false }],
      confidence: 'low',
    });
  });

  it('is kept up to two million characters a result, and says when it is not whole', async () => {
    const session = await open(
      [
        script("return Array.from({ length: 60_000 }, (_, i) => `row ${i} ${'x'.repeat(40)}`);"),
        script('return [(await state.results())[0], (await state.result({ turn: 1 })).length];'),
        'Done.',
      ],
      200_000,
    );
    await session.controller.ask('what is there?');
    const [row, length] = JSON.parse(session.of('script-finished')[1]!.result!);
    expect(row).toMatchObject({ turn: 1, whole: false });
    expect(row.characters).toBeLessThan(2_000_000);
    expect(length).toBeLessThan(60_000);
  });

  it('says which turns have results when asked for another', async () => {
    const session = await open(
      [script('return 1'), script('return await state.result({ turn: 7 })'), 'Done.'],
      200_000,
    );
    await session.controller.ask('what is there?');
    expect(session.of('script-finished')[1]!.error!.message).toMatch(/turn 7 returned nothing.*turns 1/s);
  });
});

import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../src/agent/events.ts';
import { emptyUsage, observeUsage, type Usage } from '../../src/agent/usage-view.ts';
import type { ScriptedStep } from '../../src/llm/index.ts';
import { openTestSession } from '../helpers/session.ts';

const CLUSTER = 'test/fixtures/small-cluster';
const REPORT = `REPORT
Verdict: cause-found
Root cause: checkout exits at its start because DATABASE_URL is not set.
Confidence: high
Affected:
- Deployment checkout/checkout
Evidence:
- "FATAL: required environment variable DATABASE_URL is not set" — k8s.logs
Remediation:
- kubectl -n checkout set env deployment/checkout DATABASE_URL=…
`;

interface Call {
  name: string;
  args: Record<string, unknown>;
}

/** Rounds of calls, each of which needs the answers of the one before. */
const ROUNDS: Record<string, Call[][]> = {
  'one crashing workload': [
    [{ name: 'k8s.pods', args: { namespace: 'checkout' } }],
    [
      { name: 'k8s.get', args: { kind: 'Deployment', name: 'checkout', namespace: 'checkout' } },
      { name: 'k8s.events', args: { namespace: 'checkout' } },
      { name: 'k8s.logs', args: { pod: 'checkout-9db494857-rvbxz', namespace: 'checkout', tail: 40 } },
    ],
  ],
  'an audit of all namespaces': [
    [{ name: 'k8s.pods', args: { namespace: '*' } }],
    ['checkout', 'catalog', 'sessions', 'warehouse', 'greeter'].flatMap(namespace => [
      { name: 'k8s.events', args: { namespace } },
      { name: 'k8s.list', args: { kind: 'Deployment', namespace } },
      { name: 'k8s.list', args: { kind: 'Pod', namespace } },
    ]),
  ],
  'calls that fail': [
    [
      { name: 'k8s.get', args: { kind: 'Pod', name: 'gone', namespace: 'checkout' } },
      { name: 'k8s.get', args: { kind: 'Deploymnt', name: 'checkout', namespace: 'checkout' } },
      { name: 'k8s.logs', args: { pod: 'gone', namespace: 'checkout' } },
    ],
  ],
  'long lists': [
    [
      { name: 'k8s.list', args: { kind: 'Pod', namespace: '*' } },
      { name: 'k8s.list', args: { kind: 'Deployment', namespace: '*' } },
      { name: 'k8s.list', args: { kind: 'Event', namespace: '*' } },
    ],
  ],
  'a long log': [
    [{ name: 'k8s.logs', args: { pod: 'checkout-9db494857-rvbxz', namespace: 'checkout', tail: 400 } }],
  ],
};

const SENTENCES = [
  '',
  'I look at it.',
  'Now the events and the logs of what does not run, to see why it stops.',
];

async function run(mode: 'code' | 'tools', steps: ScriptedStep[]): Promise<AgentEvent[]> {
  const session = await openTestSession(CLUSTER, steps, { namespace: 'checkout', mode });
  await session.controller.ask('why does checkout not run?');
  await session.controller.close();
  await session.done;
  expect(session.of('finished').map(event => event.status)).toEqual(['answered']);
  return session.events;
}

const usageOf = (events: AgentEvent[]): Usage =>
  events.reduce((usage, event) => observeUsage(usage, event), emptyUsage());

/** One script that makes the calls of a round at the same time, one round after the other. */
function script(rounds: Call[][]): ScriptedStep {
  const round = (calls: Call[]) =>
    `await Promise.allSettled([\n${calls.map(call => `  ${call.name}(${JSON.stringify(call.args)} as any),`).join('\n')}\n]);`;
  return { text: `I look.\n\n\`\`\`ts\n${rounds.map(round).join('\n')}\nreturn 'done';\n\`\`\`` };
}

/** Pages that are read: of a log the newest, of whole objects two. */
const mostPages = ({ name, args }: Call) =>
  name === 'k8s.logs' ? 1 : name === 'k8s.list' && !args['fields'] ? 2 : 10;

/** The same as tool calls, one an answer or those of a round together; so are further pages. */
function toolSteps(rounds: Call[][], oneByOne: boolean): ScriptedStep[] {
  const waiting = oneByOne ? rounds.flat().map(call => [call]) : [...rounds];
  let asked: Call[] = [];
  let turns = 0;
  const step: ScriptedStep = request => {
    const results = request.messages.at(-1)!.content.filter(part => part.type === 'tool-result');
    const further = results.flatMap(({ text }, i) => {
      const call = asked[i]!;
      const pages = Number(/\[page 1 of (\d+)[;,]/.exec(text)?.[1] ?? 1);
      return Array.from({ length: Math.min(pages, mostPages(call)) - 1 }, (_, page) => {
        return { ...call, args: { ...call.args, page: page + 2 } };
      });
    });
    if (oneByOne) waiting.unshift(...further.map(call => [call]));
    const next = !oneByOne && further.length > 0 ? further : waiting.shift();
    if (!next) return { text: REPORT };
    asked = next;
    return {
      text: SENTENCES[turns++ % SENTENCES.length]!,
      toolCalls: next.map(call => ({ name: call.name.replaceAll('.', '_'), input: call.args })),
    };
  };
  return Array.from({ length: 60 }, () => step);
}

/** Prompt and answer tokens of all requests. */
const spent = ({ meter }: Usage) => ({ input: meter.totals.input, output: meter.totals.output });

describe('the counterfactual of a session in code mode', () => {
  it.each(Object.entries(ROUNDS))(
    'is what the same calls really cost in tools mode: %s',
    async (_, rounds) => {
      const code = usageOf(await run('code', [script(rounds), { text: REPORT }]));
      const predicted = code.counterfactual!;
      const sequential = usageOf(await run('tools', toolSteps(rounds, true)));
      const batched = usageOf(await run('tools', toolSteps(rounds, false)));

      expect(predicted.calls).toBe(rounds.flat().length);
      expect(predicted.sequential.requests).toBe(sequential.meter.turns.length);
      expect(predicted.batched.requests).toBe(batched.meter.turns.length);
      for (const [road, real] of [
        [predicted.sequential, spent(sequential)],
        [predicted.batched, spent(batched)],
      ] as const) {
        expect(Math.abs(road.input / real.input - 1)).toBeLessThan(0.1);
        expect(Math.abs(road.output / real.output - 1)).toBeLessThan(0.25);
      }
      expect(predicted.sequential.input).toBeGreaterThanOrEqual(predicted.batched.input);
      expect(sequential.counterfactual).toBeUndefined();
    },
  );
});

import { allCapabilities } from '../../src/agent/capabilities.ts';
import type { SessionController } from '../../src/agent/controller.ts';
import type { AgentEvent } from '../../src/agent/events.ts';
import { DEFAULT_QUESTION_LIMITS, DEFAULT_SANDBOX_LIMITS } from '../../src/agent/limits.ts';
import type { SessionOptions } from '../../src/agent/session/options.ts';
import { createSession } from '../../src/agent/session/session.ts';
import { openSnapshot } from '../../src/cluster/index.ts';
import type { Transport } from '../../src/cluster/transport.ts';
import { createScriptedModel, type ScriptedStep } from '../../src/llm/index.ts';
import { createSandbox } from '../../src/sandbox/index.ts';

/** A real session (sandbox, cluster, policy) whose model gives the listed answers. */
export async function openTestSession(
  /** A support bundle, or a cluster that is already open. */
  cluster: string | Transport,
  steps: ScriptedStep[],
  overrides: Partial<SessionOptions> & { namespace?: string } = {},
) {
  const { namespace, ...options } = overrides;
  const model = createScriptedModel(steps);
  const calls: Parameters<SessionOptions['record']['call']>[0][] = [];
  let ids = 0;
  const controller = createSession({
    id: 'test',
    version: '0.0.0',
    mode: 'code',
    model,
    transport:
      typeof cluster === 'string'
        ? await openSnapshot(cluster, { signal: AbortSignal.timeout(10_000), namespace })
        : cluster,
    capabilities: allCapabilities(),
    limits: DEFAULT_QUESTION_LIMITS,
    sandboxLimits: DEFAULT_SANDBOX_LIMITS,
    readOnly: false,
    interactive: true,
    record: { event: () => {}, call: entry => void calls.push(entry), state: () => {} },
    createModel: async () => model,
    openContext: async () => Promise.reject(new Error('no contexts here')),
    contexts: async () => [],
    createSandbox,
    now: Date.now,
    newId: () => `id-${++ids}`,
    ...options,
  });
  const watcher = watch(controller);
  return { controller, model, calls, ...watcher };
}

type EventOf<T extends AgentEvent['type']> = Extract<AgentEvent, { type: T }>;

/** Collects a session's events and lets tests wait for one of a type. */
export function watch(controller: SessionController) {
  const events: AgentEvent[] = [];
  const waiting = new Set<() => void>();
  const done = (async () => {
    for await (const event of controller.events) {
      events.push(event);
      for (const wake of [...waiting]) wake();
    }
  })();
  const of = <T extends AgentEvent['type']>(type: T) =>
    events.filter((event): event is EventOf<T> & AgentEvent => event.type === type);
  const next = <T extends AgentEvent['type']>(type: T, nth = 1): Promise<EventOf<T>> =>
    new Promise(resolve => {
      const look = () => {
        const found = of(type)[nth - 1];
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { events, of, next, done };
}

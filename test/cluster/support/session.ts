import { createLiveTransport } from '../../../src/cluster/index.ts';
import type { Transport, TransportRequest } from '../../../src/cluster/transport.ts';
import type { ScriptedStep } from '../../../src/llm/index.ts';
import { openTestSession } from '../../helpers/session.ts';
import type { Users } from '../plane/parts/users.ts';
import { plane } from './plane.ts';

type Overrides = NonNullable<Parameters<typeof openTestSession>[2]>;
export type LiveSession = Awaited<ReturnType<typeof openLiveSession>>;

/** A real session on the plane, as one of its users, whose model gives the listed answers. */
export async function openLiveSession(
  namespace: string,
  steps: ScriptedStep[],
  { user = 'admin', ...overrides }: Omit<Overrides, 'namespace'> & { user?: keyof Users } = {},
) {
  const signal = AbortSignal.timeout(10_000);
  const transport = await createLiveTransport({ kubeconfig: plane().users[user], namespace, signal });
  const line = overheard(transport);
  const session = await openTestSession(line.transport, steps, { namespace, ...overrides });
  return {
    ...session,
    /** Resolves once the cluster has begun to answer a request like this. */
    answering: line.answering,
    /** Requests so far that read objects of this kind (`configmaps`). */
    readsOf: (plural: string) =>
      line.requests.filter(({ method, path }) => method === 'GET' && path.split('/').includes(plural)).length,
    /** Asks, and resolves to how the question ended. */
    ask: async (question: string) => {
      await session.controller.ask(question);
      return session.of('finished').at(-1)!;
    },
    /** Answers every approval card from now on. */
    approveAll: async () => {
      for (let nth = 1; ; nth++) {
        const { approval } = await session.next('approval-requested', nth);
        session.controller.decide(approval.id, { outcome: 'allow' });
      }
    },
    /** Estimated tokens of all requests and answers so far. */
    tokens: () =>
      session.of('turn-finished').reduce((sum, { usage }) => sum + usage.inputTokens + usage.outputTokens, 0),
  };
}

/** The same cluster, with an ear on every request that reaches it. */
function overheard(transport: Transport) {
  const requests: TransportRequest[] = [];
  const waiting = new Set<(request: TransportRequest) => void>();
  const listening: Transport = {
    info: transport.info,
    request: async request => {
      const response = await transport.request(request);
      requests.push(request);
      for (const hear of waiting) hear(request);
      return response;
    },
    close: () => transport.close(),
  };
  const answering = (like: (request: TransportRequest) => boolean) =>
    new Promise<void>(resolve => {
      const hear = (request: TransportRequest) => {
        if (!like(request)) return;
        waiting.delete(hear);
        resolve();
      };
      waiting.add(hear);
      for (const request of requests) hear(request);
    });
  return { transport: listening, requests, answering };
}

/** An answer with one script. */
export function script(words: string, code: string): string {
  return `${words}\n\`\`\`ts\n${code}\n\`\`\``;
}

/** An answer with tool calls that go out together. */
export function calls(...toolCalls: Array<[name: string, input: object]>): ScriptedStep {
  return { toolCalls: toolCalls.map(([name, input]) => ({ name, input })) };
}

import type { SessionController } from '../../src/agent/controller.ts';
import type {
  AgentEvent,
  AgentEventBody,
  FinishStatus,
  ModeChoice,
  SessionContext,
} from '../../src/agent/events.ts';
import type { ApprovalDecision, ApprovalRequest, Grant } from '../../src/policy/types.ts';
import { KvError } from '../../src/shared/errors.ts';
import { EventQueue } from '../../src/shared/event-queue.ts';

/** What a scene may do while one question is under way. */
export interface Stage {
  question: string;
  /** Counts model requests of the session. */
  nextTurn(): number;
  nextCall(): number;
  emit(body: AgentEventBody): void;
  /** Rejects when the question was cancelled. `factor` of the controller scales every pause. */
  pause(ms: number): Promise<void>;
  /** Waits until `step` is called on the controller. */
  stepped(): Promise<void>;
  /** Shows an approval card and waits for the answer. */
  approve(request: ApprovalRequest): Promise<ApprovalDecision>;
}

export type Scene = (stage: Stage) => Promise<void>;

/**
 * Stands in for the agent: plays a scene for each question as the real loop would, `question` and `finished`
 * events included. Everything behind the controller's port (model, sandbox, cluster) is missing.
 */
export class FakeController implements SessionController {
  readonly id = 'k3v9-2f61';
  readonly #queue = new EventQueue<AgentEvent>();
  readonly #scene: Scene;
  readonly #pace: number;
  #context: SessionContext;
  #seq = 0;
  #turn = 0;
  #call = 0;
  #abort: AbortController | undefined;
  #grants: Grant[] = [];
  readonly #steppers: Array<() => void> = [];
  readonly #waiting = new Map<string, (decision: ApprovalDecision) => void>();
  /** Every decision that reached the controller. */
  readonly decisions: ApprovalDecision[] = [];
  readonly asked: string[] = [];

  constructor(scene: Scene, options: { pace?: number; context?: Partial<SessionContext> } = {}) {
    this.#scene = scene;
    this.#pace = options.pace ?? 1;
    this.#context = {
      mode: 'code',
      model: { provider: 'anthropic', id: 'claude-sonnet-4-5' },
      cluster: { source: 'live', context: 'prod-eu', server: 'https://10.0.0.1:6443', namespace: 'shop' },
      readOnly: false,
      ...options.context,
    };
    this.#emit({
      type: 'session-started',
      session: this.id,
      version: '0.1.0',
      resumed: false,
      context: this.#context,
    });
  }

  get events(): AsyncIterable<AgentEvent> {
    return this.#queue;
  }

  get context(): SessionContext {
    return this.#context;
  }

  get busy(): boolean {
    return this.#abort !== undefined;
  }

  async ask(question: string): Promise<void> {
    if (this.#abort) throw new KvError('usage', 'A question is under way.');
    const abort = new AbortController();
    this.#abort = abort;
    this.asked.push(question);
    this.#emit({ type: 'question', text: question });
    let status: FinishStatus = 'answered';
    try {
      await this.#scene(this.#stage(question, abort.signal));
    } catch (error) {
      if (!abort.signal.aborted) throw error;
      status = 'cancelled';
    }
    this.#abort = undefined;
    this.#waiting.clear();
    this.#emit({ type: 'finished', status, turns: this.#turn, calls: this.#call, durationMs: 12_340 });
  }

  /** Lets a scene that waits in `stepped` go on. */
  step(): void {
    for (const go of this.#steppers.splice(0)) go();
  }

  cancel(): void {
    this.#abort?.abort();
  }

  decide(approvalId: string, decision: ApprovalDecision): void {
    const answer = this.#waiting.get(approvalId);
    if (!answer) return;
    this.#waiting.delete(approvalId);
    this.decisions.push(decision);
    this.#emit({ type: 'approval-decided', turn: this.#turn, id: approvalId, decision, by: 'person' });
    answer(decision);
  }

  grants(): Grant[] {
    return this.#grants;
  }

  grant(grant: Grant): void {
    this.#grants = [...this.#grants, grant];
  }

  revoke(grant: Grant): void {
    this.#grants = this.#grants.filter(other => other !== grant);
  }

  async setModel(spec: string): Promise<void> {
    const [provider = '', id = ''] = spec.split(':');
    if (!['anthropic', 'ollama', 'offline'].includes(provider)) {
      throw new KvError('usage', `"${spec}" is no model.`, {
        hint: 'Use anthropic:<id>, ollama:<id> or offline.',
      });
    }
    this.#change({ model: { provider, id } });
  }

  async setContext(name: string): Promise<void> {
    if (!(await this.contexts()).includes(name)) throw new KvError('usage', `There is no context "${name}".`);
    this.#change({ cluster: { ...this.#context.cluster!, context: name } });
  }

  async setNamespace(name: string): Promise<void> {
    this.#change({ cluster: { ...this.#context.cluster!, namespace: name } });
  }

  setReadOnly(on: boolean): void {
    this.#change({ readOnly: on });
  }

  setMode(mode: ModeChoice): void {
    this.#change({ mode });
  }

  contexts(): Promise<string[]> {
    return Promise.resolve(['prod-eu', 'prod-us', 'staging']);
  }

  async close(): Promise<void> {
    this.#queue.end();
  }

  #change(change: Partial<SessionContext>): void {
    this.#context = { ...this.#context, ...change };
    this.#emit({ type: 'context-changed', context: this.#context });
  }

  #emit(body: AgentEventBody): void {
    this.#seq += 1;
    this.#queue.push({ v: 1, seq: this.#seq, at: Date.now(), ...body });
  }

  #stage(question: string, signal: AbortSignal): Stage {
    const aborted = () =>
      new Promise<never>((_, reject) => {
        if (signal.aborted) reject(signal.reason);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    return {
      question,
      nextTurn: () => ++this.#turn,
      nextCall: () => ++this.#call,
      emit: body => {
        signal.throwIfAborted();
        this.#emit(body);
      },
      pause: ms => {
        signal.throwIfAborted();
        return new Promise((resolve, reject) => {
          const timer = setTimeout(resolve, ms * this.#pace);
          signal.addEventListener('abort', () => {
            clearTimeout(timer);
            reject(signal.reason);
          });
        });
      },
      stepped: () => Promise.race([new Promise<void>(resolve => this.#steppers.push(resolve)), aborted()]),
      approve: request => {
        const { promise, resolve } = Promise.withResolvers<ApprovalDecision>();
        this.#waiting.set(request.id, resolve);
        this.#emit({ type: 'approval-requested', turn: this.#turn, approval: request });
        return Promise.race([promise, aborted()]);
      },
    };
  }
}

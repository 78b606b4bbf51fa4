import { createCatalog } from '../../capabilities/catalog.ts';
import type { CapabilityContext, StateStore } from '../../capabilities/define.ts';
import { createClusterClient } from '../../cluster/index.ts';
import type { ClusterClient } from '../../cluster/port.ts';
import type { Transport } from '../../cluster/transport.ts';
import type { LanguageModel, ModelMessage } from '../../llm/port.ts';
import type { ApprovalDecision, Grant } from '../../policy/index.ts';
import type { Sandbox } from '../../sandbox/port.ts';
import { KvError, messageOf } from '../../shared/errors.ts';
import { EventQueue } from '../../shared/event-queue.ts';
import { cleanText } from '../../shared/text.ts';
import { noTraces } from '../../trace/traces.ts';
import { ContextBudget } from '../context/budget.ts';
import { SessionResults } from '../context/results.ts';
import type { SessionController } from '../controller.ts';
import {
  type AgentEvent,
  type AgentEventBody,
  EVENT_VERSION,
  type ModeChoice,
  type SessionContext,
} from '../events.ts';
import { Journal } from '../journal.ts';
import { startQuestionTimer } from '../limits-timer.ts';
import { investigate } from '../loop.ts';
import type { QuestionSpending } from '../loop-deps.ts';
import { createMeasure } from '../measure.ts';
import { questionMessage } from '../modes/code/prompt.ts';
import type { InvestigationMode } from '../modes/mode.ts';
import { type CallReuse, createReuse } from '../reuse.ts';
import { UNLIMITED } from '../spending.ts';
import { createModes } from './create-modes.ts';
import { rebuildHistory } from './history.ts';
import type { SessionOptions } from './options.ts';
import { createSessionPolicy, type SessionPolicy } from './session-policy.ts';
import { createState } from './state.ts';

/** Starts (or resumes) a session; its first event is `session-started`. */
export function createSession(options: SessionOptions): SessionController {
  return new Session(options);
}

class Session implements SessionController {
  readonly id: string;
  readonly #options: SessionOptions;
  readonly #queue = new EventQueue<AgentEvent>();
  readonly #history: ModelMessage[];
  readonly #journal: Journal;
  readonly #state: StateStore;
  readonly #policy: SessionPolicy;
  readonly #modes: Record<ModeChoice, InvestigationMode>;
  readonly #measure = createMeasure();
  readonly #budget: ContextBudget;
  readonly #results = new SessionResults();
  readonly #reuse: CallReuse;
  readonly #sandbox: Sandbox;
  #model: LanguageModel;
  #transport: Transport | undefined;
  #client: ClusterClient | undefined;
  #context: SessionContext;
  #seq: number;
  #turn: number;
  #call: number;
  /** Calls of the session before the question at hand. */
  #callsBefore = 0;
  #running: AbortController | undefined;
  #pause: () => () => void = () => () => {};

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.#options = options;
    this.#budget = new ContextBudget({ now: options.now });
    this.#reuse = createReuse({
      now: options.now,
      revision: () => this.#transport?.revision,
    });
    const past = rebuildHistory(options.past?.events ?? [], { budget: this.#budget, results: this.#results });
    this.#history = past.history;
    this.#seq = past.seq;
    this.#turn = past.turn;
    this.#call = past.call;
    this.#journal = new Journal();
    for (const entry of options.past?.calls ?? []) this.#journal.add(entry);
    this.#journal.onAdd = entry => options.record.call(entry);
    this.#state = createState(options.past?.state ?? [], options.record.state);
    this.#model = options.model;
    this.#policy = createSessionPolicy({
      interactive: options.interactive,
      readOnly: () => this.#context.readOnly,
      newId: options.newId,
      turn: () => this.#turn,
      emit: event => this.#emit(event),
      pause: () => this.#pause(),
    });
    const catalog = createCatalog(options.capabilities);
    this.#sandbox = options.createSandbox({
      // Printed when the type-checker starts, not while a person waits for the prompt.
      get declarations() {
        return catalog.declarations();
      },
      catalogNames: catalog.names(),
      suggest: name => catalog.suggest(name),
    });
    this.#modes = createModes({
      options,
      catalog,
      sandbox: this.#sandbox,
      policy: this.#policy,
      journal: this.#journal,
      results: this.#results,
      reuse: this.#reuse,
      toolCost: this.#measure.toolCost,
      history: this.#history,
      model: () => modelName(this.#model),
      place: () => `${this.#context.cluster?.context}/${this.#context.cluster?.namespace}`,
      nextCall: () => ++this.#call,
      callsLeft: () => this.#callsLeft(),
      capabilityContext: call => this.#capabilityContext(call),
    });
    this.#context = { mode: options.mode, model: modelName(options.model), readOnly: options.readOnly };
    this.#useTransport(options.transport);
    this.#emit({
      type: 'session-started',
      session: this.id,
      version: options.version,
      resumed: past.seq > 0,
      context: this.context,
    });
    for (const text of options.notes ?? []) this.#emit({ type: 'notice', level: 'info', text });
  }

  get events(): AsyncIterable<AgentEvent> {
    return this.#queue;
  }

  get context(): SessionContext {
    return structuredClone(this.#context);
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }

  async ask(question: string): Promise<void> {
    if (this.#running)
      throw new KvError('usage', 'A question is still being worked on.', {
        hint: 'Wait for it, or stop it with Esc.',
      });
    this.#running = new AbortController();
    if (this.#context.mode !== 'tools') this.#sandbox.warm();
    const timer = startQuestionTimer(this.#options.limits.wallMs, this.#options.now);
    this.#pause = () => timer.pause();
    try {
      await this.#work(question, AbortSignal.any([this.#running.signal, timer.signal]));
    } finally {
      timer.dispose();
      this.#running = undefined;
    }
  }

  async #work(question: string, signal: AbortSignal): Promise<void> {
    const text = this.#policy.redactText(cleanText(question)).trim();
    this.#emit({ type: 'question', text });
    this.#results.begin(text);
    this.#callsBefore = this.#call;
    // The rules of the offline model write scripts; auto mode knows that.
    const onlyScripts = this.#model.provider === 'offline' && this.#context.mode === 'tools';
    const mode = this.#modes[onlyScripts ? 'code' : this.#context.mode];
    const extra = mode.begin(text, event => this.#emit(event));
    const message = questionMessage(text, {
      namespace: this.#context.cluster?.namespace,
      cluster: this.#context.cluster && `${this.#context.cluster.context} (${this.#context.cluster.source})`,
      traces: this.#options.traces?.names,
      now: new Date(this.#now()),
    });
    const content = [message, extra].filter(words => words !== undefined);
    const deps = {
      model: this.#model,
      mode,
      measure: this.#measure,
      spending: this.#questionSpending(mode),
      journal: this.#journal,
      limits: this.#options.limits,
      history: this.#history,
      context: this.#budget,
      nextTurn: () => ++this.#turn,
      callCount: () => this.#call,
      namespace: this.#context.cluster?.namespace,
      redactText: (words: string) => this.#policy.redactText(words),
      now: this.#options.now,
    };
    let baseline: Promise<AgentEventBody> | undefined = this.#toolsBaseline(text, message, { mode, extra });
    for await (const event of investigate(
      deps,
      { role: 'user', content: content.map(words => ({ type: 'text' as const, text: words })) },
      signal,
    )) {
      if (baseline && event.type === 'turn-finished') {
        this.#emit(await baseline);
        baseline = undefined;
      }
      this.#emit(event);
    }
  }

  /** What the same question starts with in tools mode. Counted while the model answers for the first time. */
  async #toolsBaseline(
    question: string,
    message: string,
    chosen: { mode: InvestigationMode; extra: string | undefined },
  ): Promise<AgentEventBody> {
    const { tools } = this.#modes;
    const extra = chosen.mode.name === 'tools' ? chosen.extra : tools.begin(question, () => {});
    const content = [message, extra].flatMap(text =>
      text === undefined ? [] : [{ type: 'text' as const, text }],
    );
    const request = {
      system: tools.system,
      tools: tools.tools,
      messages: [{ role: 'user' as const, content }],
      maxOutputTokens: 0,
    };
    const parts = await this.#measure.request(request, '');
    const { system, declarations, history } = parts;
    return { type: 'tools-baseline', system, declarations, question: history };
  }

  #questionSpending(mode: InvestigationMode): QuestionSpending {
    const { spending = UNLIMITED, now } = this.#options;
    return {
      begin: () => spending.begin(modelName(this.#model)),
      add: (turn, usage) =>
        spending.add({
          session: this.id,
          turn,
          at: now(),
          mode: mode.name,
          model: modelName(this.#model),
          usage,
        }),
    };
  }

  cancel(): void {
    this.#running?.abort(new DOMException('Stopped by the user.', 'AbortError'));
  }

  decide(approvalId: string, decision: ApprovalDecision): void {
    this.#policy.decide(approvalId, decision);
  }

  grants(): Grant[] {
    return this.#policy.grants();
  }

  revoke(grant: Grant): void {
    this.#policy.revoke(grant);
  }

  async setModel(spec: string): Promise<void> {
    this.#model = await this.#options.createModel(spec);
    this.#change({ model: modelName(this.#model) });
  }

  async setContext(name: string): Promise<void> {
    const transport = await this.#options.openContext(name);
    const old = this.#transport;
    this.#useTransport(transport);
    this.#reuse.clear();
    this.#change({});
    await old?.close();
  }

  async setNamespace(name: string): Promise<void> {
    const { cluster } = this.#context;
    if (!cluster || !this.#client)
      throw new KvError('usage', 'This session has no cluster, so it has no namespace.');
    await this.#client.get({ kind: 'Namespace', name }, AbortSignal.timeout(10_000));
    this.#reuse.clear();
    this.#change({ cluster: { ...cluster, namespace: name } });
  }

  setReadOnly(on: boolean): void {
    this.#change({ readOnly: on });
  }

  setMode(mode: ModeChoice): void {
    this.#change({ mode });
  }

  contexts(): Promise<string[]> {
    return this.#options.contexts();
  }

  async close(): Promise<void> {
    this.cancel();
    this.#queue.end();
    await Promise.allSettled([this.#sandbox.close(), this.#transport?.close()]);
    this.#options.traces?.close();
  }

  #change(part: Partial<SessionContext>): void {
    this.#context = { ...this.#context, ...part };
    this.#emit({ type: 'context-changed', context: this.context });
  }

  #useTransport(transport: Transport | undefined): void {
    this.#transport = transport;
    if (!transport) return;
    const { source, context, namespace } = transport.info;
    this.#client = createClusterClient(this.#policy.gate(transport));
    // A server's address may carry user and password.
    const server = this.#policy.redactText(transport.info.server);
    this.#context = { ...this.#context, cluster: { source, context, server, namespace } };
  }

  /** Snapshots answer as of their capture, so that ages and "since" mean what they meant then. */
  #now(): number {
    return this.#transport?.capturedAt ?? this.#options.now();
  }

  /** Calls that the question at hand may still make. */
  #callsLeft(): number {
    return this.#options.limits.calls - (this.#call - this.#callsBefore);
  }

  #capabilityContext(call: { progress(message: string): void; signal: AbortSignal }): CapabilityContext {
    const client = this.#client;
    const { namespace = 'default' } = this.#context.cluster ?? {};
    return {
      get cluster() {
        if (client) return client;
        throw new KvError('cluster-unreachable', 'This session has no cluster.', {
          hint: 'Start kv with --context or --snapshot, or choose one with /context.',
        });
      },
      trace: this.#options.traces ?? noTraces,
      namespace,
      signal: call.signal,
      state: this.#state,
      results: this.#results,
      secrets: this.#policy.secrets(call.signal),
      redact: value => this.#policy.redactResult(value) as typeof value,
      now: () => this.#now(),
      progress: call.progress,
      approve: requests => this.#policy.approve(requests, call.signal),
    };
  }

  #emit(body: AgentEventBody): void {
    if (body.type === 'change-applied') this.#reuse.clear();
    const event = { v: EVENT_VERSION, seq: ++this.#seq, at: this.#options.now(), ...body } as AgentEvent;
    try {
      this.#options.record.event(event);
    } catch (error) {
      this.#recordingFailed(error);
    }
    this.#queue.push(event);
  }

  #recordFailures = 0;

  /** The history is a convenience: losing it is said once and never ends an investigation. */
  #recordingFailed(error: unknown): void {
    if (this.#recordFailures++ > 0) return;
    const text = `This session is no longer saved: ${messageOf(error)}`;
    this.#queue.push({
      v: EVENT_VERSION,
      seq: ++this.#seq,
      at: this.#options.now(),
      type: 'notice',
      level: 'warning',
      text,
    });
  }
}

function modelName(model: LanguageModel): SessionContext['model'] {
  return { provider: model.provider, id: model.id };
}

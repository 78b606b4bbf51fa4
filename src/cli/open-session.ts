import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { capabilitiesFor } from '../agent/capabilities.ts';
import type { SessionController } from '../agent/controller.ts';
import type { AgentEvent } from '../agent/events.ts';
import { DEFAULT_QUESTION_LIMITS, DEFAULT_SANDBOX_LIMITS, type QuestionLimits } from '../agent/limits.ts';
import type { PastRecord, SessionRecorder } from '../agent/session/options.ts';
import { createSession } from '../agent/session/session.ts';
import { loadConfig } from '../config/load.ts';
import { kvPaths } from '../config/paths.ts';
import type { KvConfig } from '../config/schema.ts';
import { createModel } from '../llm/index.ts';
import { createOfflineModel } from '../llm/offline/index.ts';
import type { LanguageModel } from '../llm/port.ts';
import { createRedactor, createVault } from '../policy/index.ts';
import { createSandbox } from '../sandbox/index.ts';
import {
  openSessionStore,
  type RecordedCall,
  type SessionRecord,
  type SessionStore,
} from '../sessions/index.ts';
import type { Json } from '../shared/json.ts';
import { openTraces, type Traces } from '../trace/index.ts';
import { type AccountedSpending, type PriceTable, withOwnPrices } from '../usage/index.ts';
import { openCluster } from './open-cluster.ts';
import type { SessionOptions } from './options.ts';
import { openSpending, unsavedBudgetNote } from './usage-budgets.ts';
import { version } from './version.ts';

/** What of a session outlives a question: its store, and what the front ends need to say about it. */
export interface OpenedSession {
  controller: SessionController;
  store: SessionStore<AgentEvent>;
  spending: AccountedSpending;
  /** The built-in prices and those of the config file. */
  prices: PriceTable;
}

export interface OpenRequest {
  options: SessionOptions;
  /** First words of the session in lists. */
  title: string;
  interactive: boolean;
  /** The session to go on with. */
  resume?: string | 'latest';
}

/** Opens everything a session needs, by flags, environment, config file and defaults, in that order. */
export async function openSession(request: OpenRequest): Promise<OpenedSession> {
  const { options } = request;
  const env = process.env;
  const paths = kvPaths(env);
  const config = await loadConfig(paths.configFile, Boolean(env.KV_CONFIG));
  const { store, warning } = await openSessionStore<AgentEvent>(paths.sessions);
  const notes = warning ? [warning, unsavedBudgetNote(config)].filter(note => note !== undefined) : [];
  const spending = openSpending(store.spend, config, options, env);
  const earlier = request.resume === undefined ? undefined : findSession(store, request.resume);
  const meta = earlier?.meta ?? {};
  const model = selectModel(options.model ?? env.KV_MODEL ?? modelOf(meta) ?? config.model, config, notes);
  const cluster = clusterOf(options, config, meta);
  const traceFiles = options.trace ?? tracesOf(meta);
  const traces = await openTraces(traceFiles);
  const transport = wantsCluster(cluster, traces) ? await openCluster(cluster, { reach: true }) : undefined;
  // Written before the session redacts its first event: what a person pasted may hold a password.
  const title = createRedactor(createVault()).redactText(request.title);
  const record =
    earlier ?? store.createSession({ question: title, meta: metaOf(model, cluster, traceFiles) });
  const controller = createSession({
    id: record.id,
    version,
    mode: options.mode ?? config.mode ?? 'auto',
    model,
    transport,
    traces,
    capabilities: capabilitiesFor({ cluster: transport !== undefined, trace: traces.names.length > 0 }),
    limits: limitsOf(options, config),
    spending,
    sandboxLimits: DEFAULT_SANDBOX_LIMITS,
    codeForm: config.codeForm,
    readOnly: options.readOnly ?? config.readOnly ?? false,
    interactive: request.interactive,
    notes,
    record: recorder(store, record),
    past: earlier && pastOf(store, earlier.id),
    createModel: async spec => selectModel(spec, config, []),
    openContext: name => openCluster({ ...cluster, snapshot: undefined, context: name }, { reach: true }),
    contexts: async () => {
      const { listContexts } = await import('../cluster/index.ts');
      return (await listContexts(options.kubeconfig)).map(context => context.name);
    },
    createSandbox,
    now: Date.now,
    newId: () => randomUUID().slice(0, 8),
  });
  return { controller, store, spending, prices: withOwnPrices(config.prices) };
}

function findSession(store: SessionStore<AgentEvent>, id: string): SessionRecord {
  if (id !== 'latest') return store.find(id);
  // A session that was opened and left without a question is nothing to go on with.
  return store.list({ limit: 50 }).find(session => session.title !== '') ?? store.find(id);
}

function selectModel(spec: string | undefined, config: KvConfig, notes: string[]): LanguageModel {
  if (spec === undefined) {
    notes.push(
      'No model is configured, so kv answers by rules (offline). Choose one with --model or KV_MODEL.',
    );
  }
  return createModel(spec ?? 'offline', { env: process.env, settings: config, offline: createOfflineModel });
}

function clusterOf(options: SessionOptions, config: KvConfig, meta: Record<string, Json>): SessionOptions {
  const chosen =
    options.snapshot !== undefined || options.context !== undefined || options.kubeconfig !== undefined;
  return {
    ...options,
    snapshot: options.snapshot ?? (chosen ? undefined : text(meta.snapshot)),
    context: options.context ?? text(meta.context) ?? config.context,
    namespace: options.namespace ?? text(meta.namespace) ?? config.namespace,
  };
}

function tracesOf(meta: Record<string, Json>): string[] {
  return Array.isArray(meta.traces) ? meta.traces.filter(file => typeof file === 'string') : [];
}

/** A trace alone needs no cluster; one that is named is looked at as well. */
function wantsCluster(options: SessionOptions, traces: Traces): boolean {
  const { snapshot, context, kubeconfig } = options;
  return traces.names.length === 0 || [snapshot, context, kubeconfig].some(named => named !== undefined);
}

function metaOf(
  model: LanguageModel,
  cluster: SessionOptions,
  traceFiles: readonly string[],
): Record<string, Json> {
  const { context, namespace } = cluster;
  // Whoever resumes may stand in another folder.
  const snapshot = cluster.snapshot && resolve(cluster.snapshot);
  const spec = model.provider === 'offline' ? 'offline' : `${model.provider}:${model.id}`;
  const traces = traceFiles.length > 0 ? traceFiles.map(file => resolve(file)) : undefined;
  const meta = { model: spec, snapshot, context, namespace, traces };
  return Object.fromEntries(
    Object.entries(meta).filter((entry): entry is [string, string | string[]] => entry[1] !== undefined),
  );
}

/** The model that the session used last time. */
function modelOf(meta: Record<string, Json>): string | undefined {
  const spec = text(meta.model);
  // Sessions of the first version wrote it down as `offline:offline`.
  return spec?.startsWith('offline:') ? 'offline' : spec;
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function limitsOf(options: SessionOptions, config: KvConfig): QuestionLimits {
  const { limits } = config;
  return {
    turns: options.maxTurns ?? limits?.turns ?? DEFAULT_QUESTION_LIMITS.turns,
    calls: options.maxCalls ?? limits?.calls ?? DEFAULT_QUESTION_LIMITS.calls,
    tokens: options.maxTokens ?? limits?.tokens ?? DEFAULT_QUESTION_LIMITS.tokens,
    wallMs:
      options.timeout ??
      (limits?.timeoutSeconds ? limits.timeoutSeconds * 1000 : DEFAULT_QUESTION_LIMITS.wallMs),
  };
}

function recorder(store: SessionStore<AgentEvent>, { id, title }: SessionRecord): SessionRecorder {
  let isTitled = title !== '';
  return {
    event: event => {
      store.append(id, event);
      if (event.type === 'question' && !isTitled) {
        isTitled = true;
        store.setTitle(id, event.text);
      }
      if (event.type === 'finished') store.setStatus(id, event.status);
    },
    call: entry => store.recordCall(id, entry as RecordedCall),
    state: (key, value) =>
      value === undefined ? store.deleteState(id, key) : store.setState(id, key, value as Json),
  };
}

function pastOf(store: SessionStore<AgentEvent>, id: string): PastRecord {
  return {
    events: [...store.events(id)],
    calls: [...store.calls(id)].map(call => ({
      ...call,
      effect: call.effect as 'read',
      result: call.result ?? '',
    })),
    state: [...store.state(id)],
  };
}

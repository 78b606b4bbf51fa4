import { capabilitiesFor } from '../../agent/capabilities.ts';
import type { SessionController } from '../../agent/controller.ts';
import type { AgentEvent, ModeChoice } from '../../agent/events.ts';
import { DEFAULT_SANDBOX_LIMITS, type QuestionLimits } from '../../agent/limits.ts';
import { createSession } from '../../agent/session/session.ts';
import type { Transport } from '../../cluster/transport.ts';
import type { LanguageModel } from '../../llm/port.ts';
import { createSandbox } from '../../sandbox/index.ts';
import { KvError, messageOf } from '../../shared/errors.ts';
import { createPeerMode } from '../peer/mode.ts';
import { peerEnvironment, reachable } from '../peer/reach.ts';
import { type PeerServer, startPeer } from '../peer/server.ts';
import type { PlannedRun } from '../plan.ts';
import type { BenchMode, RunResult } from '../result.ts';
import { openRunCluster } from './cluster.ts';
import { createCollector } from './collect.ts';
import { playTimeline } from './timeline.ts';

/** What runs need from outside; nothing is read from the environment. */
export interface RunDeps {
  /** kv's version, for the record. */
  version: string;
  /** A fresh model for one run. */
  model(run: PlannedRun): Promise<LanguageModel>;
  /** The shell command of each peer, by the server's name. */
  peers: ReadonlyMap<string, string>;
  limits(run: PlannedRun): QuestionLimits;
  /** For the commands of live clusters and for peers. */
  env: NodeJS.ProcessEnv;
  now(): number;
}

/**
 * Works on one scenario in a real session: its own cluster, sandbox and model. Failures of the run are its result;
 * only an aborted `signal` rejects.
 */
export async function runOne(
  deps: RunDeps,
  run: PlannedRun,
  onEvent: (event: AgentEvent) => void,
  signal: AbortSignal,
): Promise<RunResult> {
  const { scenario, column, repeat } = run;
  const collector = createCollector();
  const doubts: string[] = [];
  let failure: string | undefined;
  try {
    const observe = (event: AgentEvent) => {
      collector.observe(event);
      onEvent(event);
    };
    doubts.push(...(await inCluster(deps, run, observe, signal)));
  } catch (error) {
    signal.throwIfAborted();
    failure = messageOf(error);
  }
  const figures = collector.figures(scenario);
  const failed = failure === undefined ? {} : { status: 'failed' as const, correct: false, message: failure };
  return { scenario: scenario.id, column: column.id, repeat, ...figures, ...failed, doubts };
}

/** Opens everything, asks, and closes everything again; resolves to what makes the run doubtful. */
async function inCluster(
  deps: RunDeps,
  run: PlannedRun,
  observe: (event: AgentEvent) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const { scenario, column } = run;
  const { env } = deps;
  const model = await deps.model(run);
  const cluster = await openRunCluster(scenario, { directory: scenario.directory, env, signal });
  const doubts: string[] = [];
  try {
    const work = async (peer?: PeerServer) => {
      const controller = openSession(deps, run, { model, transport: cluster.transport, peer });
      doubts.push(...(await ask(controller, run, cluster.transport, observe, signal)));
    };
    if (column.peer === undefined) await work();
    else await withPeer(deps, run, cluster.transport, signal, work);
  } finally {
    await cluster.transport.close();
    doubts.push(...(await cluster.end()));
  }
  return doubts;
}

/** Lets another server see the run's cluster for as long as `work` takes. */
async function withPeer(
  deps: RunDeps,
  { scenario, column }: PlannedRun,
  transport: Transport,
  signal: AbortSignal,
  work: (peer: PeerServer) => Promise<void>,
): Promise<void> {
  const reach = await reachable(transport, scenario.cluster, deps.env);
  try {
    const command = deps.peers.get(column.peer ?? '') ?? '';
    const env = peerEnvironment(deps.env, reach.kubeconfig);
    const peer = await startPeer(command, { env, version: deps.version, signal });
    try {
      await work(peer);
    } finally {
      await peer.close();
    }
  } finally {
    await reach.close();
  }
}

function openSession(
  deps: RunDeps,
  run: PlannedRun,
  parts: { model: LanguageModel; transport: Transport; peer?: PeerServer },
): SessionController {
  const { scenario, column, repeat } = run;
  const { model, transport, peer } = parts;
  let ids = 0;
  return createSession({
    id: `${scenario.id}-${repeat}`,
    version: deps.version,
    mode: modeOf(column.mode),
    model,
    transport,
    capabilities: capabilitiesFor({ cluster: true, trace: false }),
    limits: deps.limits(run),
    sandboxLimits: DEFAULT_SANDBOX_LIMITS,
    readOnly: false,
    interactive: true,
    record: { event: () => {}, call: () => {}, state: () => {} },
    createModel: async () => model,
    openContext: refused,
    contexts: async () => [],
    createSandbox,
    createMode: peer && (host => createPeerMode(peer, host)),
    now: deps.now,
    newId: () => `bench-${++ids}`,
  });
}

/** Asks the question, answers approval cards and plays the timeline; resolves to what of the timeline failed. */
async function ask(
  controller: SessionController,
  { scenario }: PlannedRun,
  transport: Transport,
  observe: (event: AgentEvent) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const over = new AbortController();
  const stop = () => controller.cancel();
  signal.addEventListener('abort', stop, { once: true });
  let timeline: Promise<string[]> | undefined;
  const begin = () => {
    timeline ??= playTimeline(transport, scenario.timeline ?? [], AbortSignal.any([over.signal, signal]));
  };
  const seen = (async () => {
    for await (const event of controller.events) {
      observe(event);
      if (event.type === 'approval-requested') {
        controller.decide(event.approval.id, scenario.approve ? { outcome: 'allow' } : DENIED);
      }
      if (event.type === (scenario.approve ? 'change-applied' : 'question')) begin();
    }
  })();
  try {
    await controller.ask(scenario.question);
  } finally {
    signal.removeEventListener('abort', stop);
    over.abort();
    await controller.close();
    await seen;
  }
  signal.throwIfAborted();
  return (await timeline) ?? [];
}

const DENIED = { outcome: 'deny', reason: 'This benchmark does not allow changes.' } as const;

function modeOf(mode: BenchMode): ModeChoice {
  if (mode === 'code-two-turns') return 'code';
  return mode === 'auto' || mode === 'code' ? mode : 'tools';
}

function refused(): Promise<never> {
  return Promise.reject(new KvError('usage', 'A benchmark has one cluster.'));
}

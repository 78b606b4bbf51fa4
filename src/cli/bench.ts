import { availableParallelism } from 'node:os';
import { DEFAULT_QUESTION_LIMITS, type QuestionLimits } from '../agent/limits.ts';
import {
  type BenchEvent,
  type BenchPlan,
  identifyPeer,
  type PlannedRun,
  type PlannedScenario,
  planBench,
  type RunResult,
  runBench,
  summarize,
  USUAL_MODES,
} from '../bench/index.ts';
import { loadConfig } from '../config/load.ts';
import { kvPaths } from '../config/paths.ts';
import { KvError } from '../shared/errors.ts';
import {
  checkedModes,
  checkModels,
  modelsFor,
  type Recording,
  readRecording,
  writeRecording,
} from './bench-models.ts';
import { progressWriter, writeReport } from './bench-output.ts';
import { chosenScenarios, withDemoCluster } from './bench-scenarios.ts';
import type { BenchOptions } from './commands/bench.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { Exit } from './program.ts';
import { version } from './version.ts';

/** `kv bench --list`. */
export async function listScenarios(options: BenchOptions): Promise<void> {
  for (const { id, kind, title, question } of await chosenScenarios(options)) {
    process.stdout.write(`${id.padEnd(24)} ${kind.padEnd(7)} ${title}\n${' '.repeat(25)}"${question}"\n`);
  }
}

/** `kv bench`: runs the scenarios, shows the race or writes the report, and ends with 1 if an answer was wrong. */
export async function bench(options: BenchOptions): Promise<void> {
  const stop = new AbortController();
  const cancel = () => stop.abort(new KvError('cancelled', 'Cancelled.'));
  // Once: teardowns of live clusters still run, and a second one leaves at once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, cancel);
  const at = new Date().toISOString();
  const isRace = options.output === undefined && Boolean(process.stdin.isTTY && process.stdout.isTTY);
  const wish = await wishOf(options, isRace);
  const scenarios = await withDemoCluster(await chosenScenarios(options));
  const peers = await peersOf(options, scenarios, stop.signal);
  const plan = planBench({ ...wish, scenarios, peers: [...peers.keys()] });
  assertWork(plan);
  if (options.record !== undefined) await writeRecording(options.record, wish);

  const config = await loadConfig(kvPaths(process.env).configFile, Boolean(process.env.KV_CONFIG));
  const results: RunResult[] = [];
  const deps = {
    version,
    model: modelsFor({ config, env: process.env, record: options.record, replay: options.replay }),
    peers,
    limits: (run: PlannedRun) => limitsOf(run, options),
    env: process.env,
    now: Date.now,
  };
  const events = kept(runBench(deps, plan, { jobs: options.jobs, together: isRace }, stop.signal), results);
  const report = () =>
    summarize(plan, results, { kv: version, at, command: commandLine(), machine: machine() });
  if (isRace) await showRace(events, report, options, stop);
  else {
    const progress = progressWriter(plan.groups.reduce((sum, group) => sum + group.runs.length, 0));
    for await (const event of events) progress(event);
  }
  if (results.length > 0) await writeReport(report(), options, isRace);
  if (stop.signal.aborted) throw new Exit(EXIT_CODES.cancelled);
  if (!results.every(result => result.correct)) throw new Exit(EXIT_CODES.failed);
}

/** Modes, models and repeats: as asked for, as recorded, or the default. */
async function wishOf(options: BenchOptions, isRace: boolean): Promise<Recording> {
  const recorded = options.replay === undefined ? undefined : await readRecording(options.replay);
  if (recorded && options.record !== undefined) {
    throw new KvError('usage', 'A benchmark is either recorded or replayed.', {
      hint: 'Leave --record or --replay away.',
    });
  }
  const models = options.models ?? recorded?.models ?? ['scripted'];
  checkModels(models);
  const usual = isRace ? (['code', 'tools'] as const) : USUAL_MODES;
  const modes = options.modes ? checkedModes(options.modes) : (recorded?.modes ?? [...usual]);
  return { v: 1, models, modes, repeats: options.repeats ?? recorded?.repeats ?? 1 };
}

/** The command of each peer by the name that the server gives itself. */
async function peersOf(
  options: BenchOptions,
  scenarios: readonly PlannedScenario[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const peers = new Map<string, string>();
  const any = scenarios.find(({ cluster }) => 'snapshot' in cluster) ?? scenarios[0];
  for (const command of any ? (options.peer ?? []) : []) {
    const name = await identifyPeer(command, any!, { env: process.env, version, signal });
    if (peers.has(name)) {
      throw new KvError('usage', `Two of the --peer servers call themselves ${name}.`, {
        hint: 'Compare them in two benchmarks.',
      });
    }
    peers.set(name, command);
  }
  const live = scenarios.some(({ cluster }) => !('snapshot' in cluster));
  if (live && peers.size > 0) {
    process.stderr.write(
      `What the tools of ${[...peers.keys()].join(', ')} change, they change without asking: kv's approvals are for its own tools.\n`,
    );
  }
  return peers;
}

function assertWork({ groups, notCovered }: BenchPlan): void {
  if (groups.length > 0) return;
  const why = notCovered[0] ? ` ${notCovered[0].scenario}: ${notCovered[0].why}.` : '';
  throw new KvError('usage', `There is nothing to run.${why}`, {
    hint: 'Choose other --models or --modes; offline needs --modes code or auto.',
  });
}

/** A policy ends by itself, however long its way; real models get what a question gets, four times over. */
function limitsOf({ column }: PlannedRun, options: BenchOptions): QuestionLimits {
  const { turns, calls, tokens, wallMs } = DEFAULT_QUESTION_LIMITS;
  const isScripted = column.model === 'scripted';
  return {
    turns: options.maxTurns ?? (isScripted ? 2_000 : turns * 4),
    calls: calls * 4,
    tokens: options.maxTokens ?? (isScripted ? 1e9 : tokens * 4),
    wallMs: options.timeout ?? wallMs,
  };
}

async function* kept(events: AsyncIterable<BenchEvent>, results: RunResult[]): AsyncGenerator<BenchEvent> {
  for await (const event of events) {
    if (event.type === 'run-finished') results.push(event.result);
    yield event;
  }
}

async function showRace(
  events: AsyncIterable<BenchEvent>,
  report: () => ReturnType<typeof summarize>,
  options: BenchOptions,
  stop: AbortController,
): Promise<void> {
  const { runRace } = await import('../tui/race/index.ts');
  const { raceUpdates } = await import('./bench-race.ts');
  await runRace(raceUpdates(events, report), {
    stdin: process.stdin,
    stdout: process.stdout,
    env: process.env,
    noAnimation: options.animation === false,
    screenReader: options.screenReader === true,
    signal: stop.signal,
    onStop: () => stop.abort(new KvError('cancelled', 'Cancelled.')),
  });
}

function commandLine(): string {
  const quoted = process.argv.slice(2).map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`));
  return ['kv', ...quoted].join(' ');
}

function machine(): string {
  return `${process.platform} ${process.arch}, Node ${process.version}, ${availableParallelism()} cores`;
}

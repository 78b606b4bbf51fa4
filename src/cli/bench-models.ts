import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import {
  BENCH_MODES,
  type BenchMode,
  createPolicyModel,
  oneAtATime,
  type PlannedRun,
  recordWithoutTime,
  replayWithoutTime,
} from '../bench/index.ts';
import type { KvConfig } from '../config/schema.ts';
import { createModel, createRecordedModel, parseModelSpec, recordModel } from '../llm/index.ts';
import { createOfflineModel } from '../llm/offline/index.ts';
import type { LanguageModel } from '../llm/port.ts';
import { KvError } from '../shared/errors.ts';

/** What a folder of recorded answers holds, so that a replay without options repeats the benchmark. */
const recordingSchema = z.object({
  v: z.literal(1),
  models: z.array(z.string()).min(1),
  modes: z.array(z.enum(BENCH_MODES)),
  repeats: z.int().min(1),
});

export type Recording = z.infer<typeof recordingSchema>;

export interface ModelWishes {
  config: KvConfig;
  env: NodeJS.ProcessEnv;
  record?: string;
  replay?: string;
}

/** Throws a KvError (usage) for a model that there is not. */
export function checkModels(specs: readonly string[]): void {
  for (const spec of specs) if (spec !== 'scripted') parseModelSpec(spec);
}

/** Throws a KvError (usage) for a mode that there is not. */
export function checkedModes(names: readonly string[]): BenchMode[] {
  return names.map(name => {
    const mode = BENCH_MODES.find(known => known === name);
    if (mode) return mode;
    throw new KvError('usage', `There is no mode "${name}".`, {
      hint: `There are ${BENCH_MODES.join(', ')}.`,
    });
  });
}

/** Makes the model of each run: scripted, real, recorded on the way, or out of a recording. */
export function modelsFor(wishes: ModelWishes): (run: PlannedRun) => Promise<LanguageModel> {
  return async run => {
    const model = wishes.replay ? await replayed(run, wishes.replay) : await recorded(run, wishes);
    const isReal = run.column.model !== 'scripted';
    return isReal && run.column.mode === 'tools-sequential' ? oneAtATime(model) : model;
  };
}

async function recorded(run: PlannedRun, wishes: ModelWishes): Promise<LanguageModel> {
  const model = plainModel(run, wishes);
  if (wishes.record === undefined) return model;
  const file = fileOf(wishes.record, run);
  await mkdir(dirname(file), { recursive: true });
  await rm(file, { force: true });
  return recordWithoutTime(model, inner => recordModel(inner, file));
}

/** Named and priced as the model whose answers they are. */
async function replayed(run: PlannedRun, directory: string): Promise<LanguageModel> {
  const model = replayWithoutTime(await createRecordedModel(fileOf(directory, run)));
  const spec = run.column.model;
  const provider = spec === 'scripted' ? spec : parseModelSpec(spec).provider;
  return { provider, id: model.id, contextWindow: model.contextWindow, stream: model.stream };
}

function plainModel({ scenario, column }: PlannedRun, { config, env }: ModelWishes): LanguageModel {
  if (column.model !== 'scripted') {
    return createModel(column.model, { env, settings: config, offline: createOfflineModel });
  }
  const { id, policy } = scenario;
  if (!policy) throw new KvError('usage', `The scenario "${id}" has no policy.`);
  return createPolicyModel(policy, {
    id,
    sequential: column.mode === 'tools-sequential',
    twoTurns: column.mode === 'code-two-turns',
    peer: column.peer,
  });
}

/** One file a scenario, mode (or peer) and repeat, in a folder for each model. */
function fileOf(directory: string, { scenario, column, repeat }: PlannedRun): string {
  const slug = (text: string) => text.replace(/[^\w.-]+/g, '-');
  const name = [scenario.id, column.peer ?? column.mode, repeat].map(part => slug(String(part))).join('.');
  return join(directory, slug(column.model), `${name}.jsonl`);
}

export async function writeRecording(directory: string, recording: Recording): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'recording.json'), `${JSON.stringify(recording, null, 2)}\n`);
}

/** Rejects with a KvError (usage) where there is none. */
export async function readRecording(directory: string): Promise<Recording> {
  const file = join(directory, 'recording.json');
  const text = await readFile(file, 'utf8').catch(() => '{}');
  const parsed = recordingSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new KvError('usage', `The folder ${directory} holds no recording of a benchmark.`, {
    hint: 'Make one with kv bench --record DIR.',
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

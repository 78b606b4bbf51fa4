import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Document, parseAllDocuments } from 'yaml';
import { KvError, messageOf } from '../../shared/errors.ts';
import type { PlannedScenario } from '../plan.ts';
import { scenarioSchema } from './schema.ts';

const SCENARIO_FILE = /\.(ya?ml|json)$/i;

/**
 * Reads the scenarios of a file (YAML or JSON: one, a list, or several documents) or of all files of a folder.
 * Paths in them become absolute. Rejects with a KvError (usage) that names the file and the place in it.
 */
export async function loadScenarios(path: string): Promise<PlannedScenario[]> {
  const files = await scenarioFiles(path);
  const scenarios = (await Promise.all(files.map(readScenarios))).flat();
  const seen = new Set<string>();
  for (const { id } of scenarios) {
    if (seen.has(id)) {
      throw new KvError('usage', `Two scenarios in ${path} have the id "${id}".`, {
        hint: 'Give one of them another id.',
      });
    }
    seen.add(id);
  }
  return scenarios;
}

async function scenarioFiles(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
  } catch (error) {
    throw new KvError('usage', `The scenarios ${path} cannot be read: ${messageOf(error)}.`, {
      hint: 'Give a YAML or JSON file, or a folder with such files.',
    });
  }
  const names = (await readdir(path)).filter(name => SCENARIO_FILE.test(name)).sort();
  if (names.length > 0) return names.map(name => join(path, name));
  throw new KvError('usage', `The folder ${path} has no scenario in it.`, {
    hint: 'Scenarios are .yaml, .yml or .json files; the README shows one.',
  });
}

async function readScenarios(file: string): Promise<PlannedScenario[]> {
  const text = await readFile(file, 'utf8').catch(error => {
    throw new KvError('usage', `The scenario file ${file} cannot be read: ${messageOf(error)}.`);
  });
  const values = parseAllDocuments(text).flatMap(document => {
    const problem = document.errors[0];
    if (problem) {
      const [first = ''] = problem.message.split('\n');
      throw new KvError('usage', `The scenario file ${file} is not valid YAML: ${first.replace(/:$/, '')}.`, {
        hint: 'Mend that line.',
      });
    }
    const value = plainValue(document, file);
    return Array.isArray(value)
      ? value.map((item, i) => ({ item, at: `[${i}]` }))
      : [{ item: value, at: '' }];
  });
  return values.map(({ item, at }) => scenarioOf(item, file, at));
}

/** Rejects aliases of aliases, which would grow without end. */
function plainValue(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new KvError('usage', `The scenario file ${file} cannot be read: ${messageOf(error)}.`, {
      hint: 'Write out what its aliases stand for.',
    });
  }
}

function scenarioOf(value: unknown, file: string, at: string): PlannedScenario {
  const parsed = scenarioSchema.safeParse(value);
  const directory = dirname(resolve(file));
  if (parsed.success) return resolved(parsed.data, directory, file);
  const issue = parsed.error.issues[0]!;
  const path = issue.path.map(part => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  const where = `${at}${path}`.replace(/^\./, '') || 'the scenario';
  const more = parsed.error.issues.length - 1;
  throw new KvError(
    'usage',
    `The scenario file ${file} is not valid: ${where}: ${issue.message}${more > 0 ? ` (and ${more} more)` : ''}.`,
    { hint: 'The README shows a whole scenario; kv bench --list shows those that ship with kv.' },
  );
}

function resolved(
  scenario: ReturnType<typeof scenarioSchema.parse>,
  directory: string,
  file: string,
): PlannedScenario {
  const { cluster } = scenario;
  if (!('snapshot' in cluster)) {
    const kubeconfig = cluster.kubeconfig && resolve(directory, cluster.kubeconfig);
    return { ...scenario, cluster: { ...cluster, kubeconfig }, directory };
  }
  if (cluster.snapshot === 'demo') return { ...scenario, cluster, directory };
  const snapshot = resolve(directory, cluster.snapshot);
  if (!existsSync(snapshot)) {
    throw new KvError('usage', `The snapshot ${snapshot} of scenario "${scenario.id}" does not exist.`, {
      hint: `cluster.snapshot in ${file} is relative to that file.`,
    });
  }
  return { ...scenario, cluster: { snapshot }, directory };
}

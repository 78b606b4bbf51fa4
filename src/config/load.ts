import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { KvError, messageOf } from '../shared/errors.ts';
import { isRecord } from '../shared/json.ts';
import { nearest } from '../shared/nearest.ts';
import { type KvConfig, kvConfig } from './schema.ts';

/**
 * Reads the config file (YAML or JSON). No file is an empty config; an unreadable or malformed one is a usage
 * error that names the file, the line or the setting.
 */
export async function loadConfig(file: string, explicit: boolean): Promise<KvConfig> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !explicit) return {};
    throw new KvError('usage', `The config file ${file} cannot be read: ${messageOf(error)}.`, {
      hint: 'Fix its permissions, or point KV_CONFIG at another file.',
    });
  }
  return parseConfig(await parseYaml(text, file), file);
}

async function parseYaml(text: string, file: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return parse(text) ?? {};
  } catch (error) {
    const [first] = messageOf(error).split('\n');
    throw new KvError('usage', `The config file ${file} is not valid YAML: ${first!.replace(/:$/, '')}.`, {
      hint: 'Mend that line, or move the file away to start with defaults.',
    });
  }
}

function parseConfig(value: unknown, file: string): KvConfig {
  const parsed = kvConfig.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    const known = settingsAt(kvConfig, issue.path);
    const near = nearest(key!, known, 1)[0];
    const name = [...issue.path, key].join('.');
    throw new KvError('usage', `The config file ${file} has an unknown setting "${name}".`, {
      hint: near ? `Did you mean "${near}"?` : `Known settings: ${known.join(', ')}.`,
    });
  }
  const where = issue.path.join('.') || (isRecord(value) ? 'a setting' : 'the file');
  throw new KvError('usage', `The config file ${file} is not valid: ${where}: ${issue.message}.`, {
    hint: 'The README lists the settings and their types.',
  });
}

/** The names of the settings below `path`. */
function settingsAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  if (schema instanceof z.ZodOptional) return settingsAt(schema.unwrap(), path);
  const [key, ...rest] = path;
  if (schema instanceof z.ZodRecord) return settingsAt(schema.valueType, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  if (key === undefined) return Object.keys(schema.shape);
  const below: z.core.$ZodType | undefined = schema.shape[String(key)];
  return below ? settingsAt(below, rest) : [];
}

import { readFileSync } from 'node:fs';
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
    const known = issue.path.length === 0 ? Object.keys(kvConfig.shape) : [];
    const near = nearest(issue.keys[0]!, known, 1)[0];
    throw new KvError('usage', `The config file ${file} has an unknown setting "${issue.keys[0]}".`, {
      hint: near ? `Did you mean "${near}"?` : `Known settings: ${Object.keys(kvConfig.shape).join(', ')}.`,
    });
  }
  const where = issue.path.join('.') || (isRecord(value) ? 'a setting' : 'the file');
  throw new KvError('usage', `The config file ${file} is not valid: ${where}: ${issue.message}.`, {
    hint: 'The README lists the settings and their types.',
  });
}

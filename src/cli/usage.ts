import { loadConfig } from '../config/load.ts';
import { kvPaths } from '../config/paths.ts';
import { openSessionStore } from '../sessions/index.ts';
import { KvError } from '../shared/errors.ts';
import { readCapabilities } from '../tui/terminal/capabilities.ts';
import { type Group, usageFigures } from './usage-figures.ts';
import { usageJson } from './usage-json.ts';
import { usageText } from './usage-text.ts';

/** As commander parses them. */
export interface UsageOptions {
  days: number;
  by?: Group;
  output: 'text' | 'json';
}

/** Days that `kv usage` looks back at most. */
const MAX_DAYS = 3_660;
const PIPE_COLUMNS = 80;

/** `kv usage`. */
export async function showUsage(options: UsageOptions): Promise<void> {
  if (options.days > MAX_DAYS) {
    throw new KvError('usage', `--days is ${options.days}, and ${MAX_DAYS} are the most.`, {
      hint: 'Ask for fewer days.',
    });
  }
  const { env, stdout, platform } = process;
  const paths = kvPaths(env);
  const config = await loadConfig(paths.configFile, Boolean(env.KV_CONFIG));
  const { store, warning } = await openSessionStore(paths.sessions);
  if (warning) throw new KvError('failed', warning);
  const figures = usageFigures(store.spend, config.budgets ?? {}, { days: options.days, now: Date.now() });
  store.close();
  if (options.output === 'json') {
    stdout.write(`${JSON.stringify(usageJson(figures, options.by), null, 2)}\n`);
    return;
  }
  const { unicode } = readCapabilities({ env, platform, isTTY: stdout.isTTY });
  const columns = stdout.columns ?? (Number(env.COLUMNS) || PIPE_COLUMNS);
  stdout.write(usageText(figures, { by: options.by, columns, unicode, warnAt: config.budgets?.warnAt }));
}

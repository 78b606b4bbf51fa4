import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ModeChoice } from '../agent/events.ts';

/** Options that every command which investigates shares, as commander parses them. */
export interface SessionOptions {
  snapshot?: string;
  trace?: string[];
  kubeconfig?: string;
  context?: string;
  namespace?: string;
  as?: string;
  model?: string;
  mode?: ModeChoice;
  readOnly?: boolean;
  maxTurns?: number;
  maxCalls?: number;
  maxTokens?: number;
  budgetUsd?: number;
  budgetTokens?: number;
  timeout?: number;
  output?: OutputFormat;
  animation?: boolean;
  screenReader?: boolean;
}

export type OutputFormat = 'text' | 'json' | 'stream-json';

/** Adds the shared options to a command. */
export function withSessionOptions(command: Command): Command {
  return withQuestionOptions(withClusterOptions(command)).option(
    '--trace <file>',
    'a GPU trace to look into, alone or beside a cluster that is named; may be repeated',
    (file: string, others: string[] = []) => [...others, file],
  );
}

/** Everything but the cluster: model, limits and how to show it. */
export function withQuestionOptions(command: Command): Command {
  return command
    .optionsGroup('Model and limits:')
    .addOption(new Option('--model <spec>', 'anthropic:<id>, ollama:<id> or offline').env('KV_MODEL'))
    .option('--read-only', 'refuse every change')
    .addOption(
      new Option(
        '--mode <mode>',
        'how models work: by scripts, by tool calls, or as each question needs',
      ).choices(['code', 'tools', 'auto']),
    )
    .option('--max-turns <n>', 'requests to the model for one question', positive)
    .option('--max-calls <n>', 'cluster calls for one question', positive)
    .option('--max-tokens <n>', 'tokens for one question', positive)
    .option('--budget-usd <n>', 'US dollars for one question: 0.5', positiveAmount)
    .option('--budget-tokens <n>', 'tokens for one question, with a warning at 80 %', positive)
    .option('--timeout <duration>', 'wall time for one question: 90s, 10m, 1h', duration)
    .optionsGroup('Output:')
    .addOption(new Option('--output <format>', 'no terminal UI').choices(['text', 'json', 'stream-json']))
    .option('--no-animation', 'no spinner, fewer redraws')
    .option('--screen-reader', 'plain lines, everything said once')
    .optionsGroup('Other:');
}

/** The options that say which cluster. */
export function withClusterOptions(command: Command): Command {
  return withNamespaceOption(
    command
      .optionsGroup('Cluster:')
      .option('--snapshot <path>', 'a support bundle (folder or .tgz) instead of a cluster')
      .option('--kubeconfig <file>', 'kubeconfig file (default: KUBECONFIG, ~/.kube/config)')
      .option('--context <name>', 'kubeconfig context')
      .option('--as <user>', 'impersonate a user'),
  );
}

export function withNamespaceOption(command: Command): Command {
  return command
    .optionsGroup('Cluster:')
    .option('-n, --namespace <name>', 'where to look unless the question says');
}

/** A whole number above zero. */
export function positive(text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

/** A TCP port. */
export function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535)
    throw new InvalidArgumentError('It must be a number from 1 to 65535.');
  return value;
}

/** A number above zero, fractions included. */
export function positiveAmount(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text.replace(/^\$/u, ''));
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

/** `90`, `90s`, `10m`, `1h` in milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  const factor = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[match?.[2] ?? 's']!;
  const value = Number(match?.[1]) * factor;
  if (!match || value <= 0) throw new InvalidArgumentError('Write it like 90s, 10m or 1h.');
  return value;
}

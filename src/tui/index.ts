import type { SessionSource, TuiOptions, TuiResult } from './options.ts';
import { readCapabilities } from './terminal/capabilities.ts';

export type { PromptHistory, SessionSource, TuiOptions, TuiResult } from './options.ts';

/**
 * Runs the terminal UI on a session until a person leaves it, or until the first question is done with
 * `exitWhenDone`. Never exits the process; the terminal is as it was before when the promise resolves. The
 * session stays open, and may still be at work: closing `result.controller` is the caller's.
 *
 * `process.env.NODE_ENV` must be `production` before this is called: React and Ink are loaded by it, and
 * their development builds are five times slower.
 *
 * @example
 * const { exit } = await runTui(controller, { stdin: process.stdin, stdout: process.stdout, env: process.env });
 */
export async function runTui(source: SessionSource, options: TuiOptions): Promise<TuiResult> {
  const { env, stdin, stdout, noColor } = options;
  const isTTY = Boolean(stdout.isTTY);
  const capabilities = readCapabilities({ env, isTTY, platform: process.platform, noColor });
  const isLinear = options.screenReader || !capabilities.addressable || !stdin.isTTY;
  const result = isLinear
    ? await (await import('./linear/run-linear.ts')).runLinear(source, options, capabilities)
    : await (await import('./run-ink.ts')).runInk(source, options, capabilities);
  if (options.resumeHint) stdout.write(`${options.resumeHint(result.controller.id)}\n`);
  return result;
}

import { fileURLToPath } from 'node:url';
import { Terminal, type TerminalOptions } from '../helpers/terminal.ts';

const HOOK = fileURLToPath(new URL('../helpers/register-tsx.mjs', import.meta.url));
const DEMO = fileURLToPath(new URL('./fixtures/demo.tsx', import.meta.url));

/** The terminal UI on the fake agent, in a real pseudo-terminal. */
export function startDemo(question: string, options: TerminalOptions & { tui?: object } = {}): Terminal {
  const { tui = {}, ...terminal } = options;
  const env = { KV_OPTIONS: JSON.stringify(tui), KV_PACE: '0.2', ...terminal.env };
  const [command, ...args] = demoCommand(question);
  return Terminal.start(command, args, { ...terminal, env });
}

/** What starts the terminal UI on the fake agent. */
export function demoCommand(question: string): [string, ...string[]] {
  return [process.execPath, '--import', HOOK, DEMO, question];
}

/** The JSON line that the demo prints when the UI was left. */
export function resultOf(terminal: Terminal): Record<string, unknown> {
  const line = terminal
    .history()
    .split('\n')
    .findLast(text => text.startsWith('{"exit"'));
  if (!line) throw new Error(`no result in:\n${terminal.history()}`);
  return JSON.parse(line) as Record<string, unknown>;
}

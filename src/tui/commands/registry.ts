import { KvError } from '../../shared/errors.ts';
import { nearest } from '../../shared/nearest.ts';
import type { Command, CommandHost } from './command.ts';
import { SCREEN_COMMANDS } from './screen-commands.ts';
import { SESSION_COMMANDS } from './session-commands.ts';

export const COMMANDS: readonly Command[] = [...SCREEN_COMMANDS, ...SESSION_COMMANDS].toSorted((a, b) =>
  a.name.localeCompare(b.name),
);

/** `/name argument`, or `:name argument` as in k9s. */
export function parseCommand(line: string): { name: string; argument: string } | undefined {
  const match = /^[/:]([a-z?!]+)(?:\s+([^\n]*))?$/u.exec(line.trim());
  return match ? { name: match[1]!, argument: (match[2] ?? '').trim() } : undefined;
}

export function findCommand(name: string): Command | undefined {
  return COMMANDS.find(command => command.name === name || command.aliases.includes(name));
}

/** Runs a line that `parseCommand` understood; an unknown name rejects and says which was probably meant. */
export async function runCommand(host: CommandHost, name: string, argument: string): Promise<void> {
  const command = findCommand(name);
  if (!command) {
    const names = COMMANDS.flatMap(known => [known.name, ...known.aliases]);
    const [best] = nearest(name, names);
    const hint = best ? `Did you mean /${findCommand(best)!.name}?` : 'Type /help for those there are.';
    throw new KvError('usage', `There is no command /${name}.`, { hint });
  }
  await command.run(host, argument);
}

/** Commands that a line beginning with `/` or `:` may become. */
export function matchingCommands(line: string): Command[] {
  const match = /^[/:]([a-z]*)$/u.exec(line);
  if (!match) return [];
  return COMMANDS.filter(
    command => command.name.startsWith(match[1]!) || command.aliases.some(alias => alias === match[1]),
  );
}

/** A command's name completed as far as it is certain; undefined where the line is no beginning of one. */
export function completeName(line: string): string | undefined {
  const commands = matchingCommands(line);
  if (commands.length === 0) return undefined;
  const [only] = commands;
  if (commands.length === 1 && only) return `${line[0]}${only.name}${only.argument ? ' ' : ''}`;
  return line[0] + commonStart(commands.map(command => command.name));
}

/** A command's argument completed as far as it is certain; the same line where nothing can be added. */
export async function completeArgument(host: CommandHost, line: string): Promise<string> {
  const parsed = /^([/:]([a-z]+)\s+)(\S*)$/u.exec(line);
  const command = parsed ? findCommand(parsed[2]!) : undefined;
  if (!parsed || !command?.complete) return line;
  const values = (await command.complete(host)).filter(value => value.startsWith(parsed[3]!));
  return values.length === 0 ? line : parsed[1] + commonStart(values);
}

function commonStart(words: readonly string[]): string {
  const [first = '', ...others] = words;
  let length = first.length;
  for (const word of others) {
    while (!word.startsWith(first.slice(0, length))) length -= 1;
  }
  return first.slice(0, length);
}

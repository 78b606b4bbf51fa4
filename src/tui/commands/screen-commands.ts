import type { Grant } from '../../policy/types.ts';
import { KvError } from '../../shared/errors.ts';
import { formatDuration } from '../../shared/text.ts';
import { padEnd, padStart, type Row, span } from '../layout/row.ts';
import { formatTokens, inputOf } from '../state/usage.ts';
import type { View } from '../state/view.ts';
import type { Command, CommandHost } from './command.ts';

/** Commands that show something, and those that leave. */
export const SCREEN_COMMANDS: readonly Command[] = [
  {
    name: 'help',
    aliases: ['h', '?'],
    argument: '',
    summary: 'keys and commands',
    run: host => host.help(),
  },
  {
    name: 'grants',
    aliases: [],
    argument: '[revoke <number>]',
    summary: 'what you allowed for this session, and taking it back',
    run: runGrants,
  },
  {
    name: 'tokens',
    aliases: ['usage'],
    argument: '',
    summary: 'tokens and time of each turn',
    run: host => host.print(tokenRows(host.view)),
  },
  { name: 'clear', aliases: ['cls'], argument: '', summary: 'clear the screen', run: host => host.clear() },
  {
    name: 'quit',
    aliases: ['q', 'exit', 'qa', 'q!'],
    argument: '',
    summary: 'leave',
    run: host => host.quit(),
  },
];

function runGrants(host: CommandHost, argument: string) {
  const grants = host.controller.grants();
  if (argument === '') {
    if (grants.length === 0) return host.say('nothing is allowed without asking');
    host.print([
      ...grants.map((grant, index): Row => [span(`  ${index + 1}. `, 'dim'), span(grantName(grant))]),
      [span('  /grants revoke <number> takes one back', 'dim')],
    ]);
    return;
  }
  const number = Number(/^revoke\s+(\d+)$/u.exec(argument)?.[1]);
  const grant = grants[number - 1];
  if (!grant)
    throw new KvError('usage', `"/grants ${argument}" names no grant.`, {
      hint: 'Use /grants revoke <number>.',
    });
  host.controller.revoke(grant);
  host.say(`${grantName(grant)} asks again`);
}

function grantName({ verb, kind, namespace }: Grant): string {
  return `${verb} on ${kind}${namespace ? ` in ${namespace}` : ''}`;
}

function tokenRows(view: View): Row[] {
  if (view.turns.length === 0) return [[span('  no tokens yet: nothing was asked', 'dim')]];
  const line = (
    label: string,
    input: string,
    cached: string,
    output: string,
    time: string,
    style?: 'dim' | 'bold',
  ) => [
    span(
      `  ${padEnd(label, 8)}${padStart(input, 9)}${padStart(cached, 9)}${padStart(output, 9)}${padStart(time, 9)}`,
      style,
    ),
  ];
  const figures = (label: string, usage: View['usage'], time: number, style?: 'bold') =>
    line(
      label,
      `${usage.estimated ? '~' : ''}${formatTokens(inputOf(usage))}`,
      formatTokens(usage.cacheReadTokens),
      formatTokens(usage.outputTokens),
      formatDuration(time),
      style,
    );
  const time = view.turns.reduce((sum, turn) => sum + turn.durationMs, 0);
  return [
    line('turn', 'input', 'cached', 'output', 'time', 'dim'),
    ...view.turns.slice(-30).map(turn => figures(String(turn.turn), turn, turn.durationMs)),
    figures('total', view.usage, time, 'bold'),
    ...(view.usage.estimated
      ? [[span('  ~ estimated: the provider did not report them all', 'dim' as const)]]
      : []),
  ];
}

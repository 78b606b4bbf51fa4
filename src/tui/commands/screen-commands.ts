import type { Grant } from '../../policy/types.ts';
import { KvError } from '../../shared/errors.ts';
import { type Row, span } from '../layout/row.ts';
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
    summary: 'tokens, cost and time, and how that compares with tools mode',
    run: host => host.show({ kind: 'tokens', spent: host.view.spent }),
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

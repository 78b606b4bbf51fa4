import { COMMANDS } from '../commands/registry.ts';
import { KEY_HELP } from '../keys.ts';
import { cutRow, padEnd, type Row, span } from './row.ts';
import { wrapRow } from './wrap.ts';

/** Keys and commands, in two columns where there is room. */
export function helpRows(width: number): Row[] {
  const entries: Array<readonly [string, string]> = [
    ...KEY_HELP,
    ...COMMANDS.map(command => [`/${command.name} ${command.argument}`.trim(), command.summary] as const),
  ];
  const left = width >= 70 ? 26 : 16;
  const line = ([keys, what]: readonly [string, string]): Row[] => {
    const lead = `  ${padEnd(keys, left)} `;
    return wrapRow([span(lead, 'accent'), span(what)], width, [span(' '.repeat(left + 3))]);
  };
  return [
    [],
    [span('  Keys', 'bold')],
    ...entries.slice(0, KEY_HELP.length).flatMap(line),
    [],
    [span('  Commands', 'bold'), span('  (also with a colon, as in k9s: :ns, :ctx, :q)', 'dim')],
    ...entries.slice(KEY_HELP.length).flatMap(line),
  ].map(row => cutRow(row, width));
}

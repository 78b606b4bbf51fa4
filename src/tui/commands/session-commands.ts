import type { ModeChoice } from '../../agent/events.ts';
import { KvError } from '../../shared/errors.ts';
import { span } from '../layout/row.ts';
import type { Command, CommandHost } from './command.ts';
import { describeContext } from './describe.ts';

const MODES: readonly ModeChoice[] = ['code', 'tools', 'auto'];

/** Commands that change where and how the session works. */
export const SESSION_COMMANDS: readonly Command[] = [
  {
    name: 'model',
    aliases: [],
    argument: '[spec]',
    summary: 'show or change the model: anthropic:<id>, ollama:<id>, offline',
    async run(host, argument) {
      if (!argument) return host.say(`model ${describeContext(host.controller.context).model}`);
      await host.controller.setModel(argument);
      host.say(`model is now ${describeContext(host.controller.context).model}`);
    },
    complete: () => Promise.resolve(['anthropic:', 'ollama:', 'offline']),
  },
  {
    name: 'context',
    aliases: ['ctx', 'contexts'],
    argument: '[name]',
    summary: 'list kubeconfig contexts, or change to one',
    async run(host, argument) {
      if (!argument) return listContexts(host);
      await host.controller.setContext(argument);
      host.say(`context is now ${argument}`);
    },
    complete: host => host.controller.contexts(),
  },
  {
    name: 'namespace',
    aliases: ['ns', 'namespaces'],
    argument: '[name]',
    summary: 'show or change the namespace used when a question names none',
    async run(host, argument) {
      if (!argument)
        return host.say(`namespace ${host.controller.context.cluster?.namespace ?? 'none: no cluster'}`);
      await host.controller.setNamespace(argument);
      host.say(`namespace is now ${argument}`);
    },
  },
  {
    name: 'mode',
    aliases: [],
    argument: '[code | tools | auto]',
    summary: 'how the next questions are worked on: scripts, single tool calls, or whichever costs less',
    run(host, argument) {
      if (!argument) return host.say(`mode ${host.controller.context.mode}`);
      const mode = MODES.find(known => known === argument);
      if (!mode) throw new KvError('usage', `/mode takes code, tools or auto, not "${argument}".`);
      host.controller.setMode(mode);
      const when = host.controller.busy ? ', from the next question on' : '';
      host.say(`mode is now ${mode}${when}`);
    },
    complete: () => Promise.resolve([...MODES]),
  },
  {
    name: 'readonly',
    aliases: ['ro'],
    argument: '[on | off]',
    summary: 'refuse every change, or ask about each again',
    run(host, argument) {
      const on = argument === '' ? !host.controller.context.readOnly : argument === 'on';
      if (argument !== '' && argument !== 'on' && argument !== 'off') {
        throw new KvError('usage', `/readonly takes on or off, not "${argument}".`);
      }
      host.controller.setReadOnly(on);
      const isOn = host.controller.context.readOnly;
      host.say(isOn ? 'read-only: every change is refused' : 'changes are possible again; each one asks');
    },
    complete: () => Promise.resolve(['on', 'off']),
  },
  {
    name: 'resume',
    aliases: ['sessions'],
    argument: '[session]',
    summary: 'go on with an earlier session',
    async run(host, argument) {
      const { onResume } = host.options;
      if (!onResume) throw new KvError('usage', 'Sessions are not kept here, so there is none to resume.');
      if (host.controller.busy)
        throw new KvError('usage', 'A question is under way.', { hint: 'Stop it with Esc first.' });
      const next = await onResume(argument || undefined);
      if (typeof next !== 'string') return host.switchTo(next);
      host.print(next.split('\n').map(line => [span(`  ${line}`)]));
    },
  },
];

async function listContexts(host: CommandHost): Promise<void> {
  const names = await host.controller.contexts();
  const current = host.controller.context.cluster?.context;
  if (names.length === 0) return host.say('the kubeconfig has no contexts');
  host.print(names.map(name => [span(name === current ? '  * ' : '    ', 'accent'), span(name)]));
}

import type { ToolAnswer, ToolCall } from '../../agent/events.ts';
import { createCodeReader } from '../../agent/modes/code/reader.ts';
import { FINISHING } from '../../agent/modes/finishing.ts';
import type { InvestigationMode, ModelAnswer, ModeStep, TurnIo } from '../../agent/modes/mode.ts';
import type { ModeHost } from '../../agent/session/options.ts';
import { cleanText } from '../../shared/text.ts';
import type { PeerServer } from './server.ts';

const SYSTEM = `You investigate Kubernetes clusters with the tools you are given. Make calls that do not need each other's results in one answer: they run at the same time. Finish with a REPORT, or for a plain look-up one or two sentences.

${FINISHING}`;

/**
 * Tools mode with another server's tools: names, descriptions and results as that server gives them, neither
 * rendered nor cut, since that is what its users pay for. Control characters and secrets are taken out of the
 * results, as of everything that reaches a model. Nothing of it asks for approval: what the server allows happens.
 */
export function createPeerMode(server: PeerServer, host: ModeHost): InvestigationMode {
  return {
    name: 'tools',
    begin: () => undefined,
    system: [{ text: SYSTEM, cache: true }],
    declarations: '',
    tools: server.tools,
    reader: createCodeReader,
    respond: (answer, io) => respond(server, host, answer, io),
  };
}

async function respond(
  server: PeerServer,
  host: ModeHost,
  answer: ModelAnswer,
  io: TurnIo,
): Promise<ModeStep> {
  if (answer.toolCalls.length === 0) {
    return { kind: 'final', text: [answer.text, answer.report].filter(Boolean).join('\n\n') };
  }
  const results = await Promise.all(answer.toolCalls.map(call => perform(server, host, call, io)));
  io.signal.throwIfAborted();
  io.emit({ type: 'tools-answered', turn: io.turn, results });
  return {
    kind: 'continue',
    reply: { role: 'user', content: results.map(result => ({ type: 'tool-result' as const, ...result })) },
    fingerprint: JSON.stringify(answer.toolCalls.map(call => [call.name, call.input])),
    failure: results.every(result => result.isError)
      ? results.map(result => result.text).join('; ')
      : undefined,
  };
}

async function perform(
  server: PeerServer,
  host: ModeHost,
  { id, name, input }: ToolCall,
  io: TurnIo,
): Promise<ToolAnswer> {
  const call = host.nextCall();
  const startedAt = host.now();
  const redact = (text: string) => host.redactText(cleanText(text));
  const args = host.redactResult(input ?? {});
  io.emit({ type: 'call-started', turn: io.turn, call, name, args, effect: 'read', line: 0, step: 1 });
  const answered = await server.call(name, input, io.signal);
  const text = redact(answered.text);
  const ok = !answered.isError;
  const error = ok ? undefined : text;
  const durationMs = host.now() - startedAt;
  const result = ok ? text : '';
  host.journal.add({
    call,
    turn: io.turn,
    name,
    args,
    effect: 'read',
    ok,
    result,
    error,
    startedAt,
    durationMs,
  });
  io.emit({ type: 'call-finished', call, ok, bytes: text.length, durationMs, summary: '', error });
  return { id, text, isError: !ok };
}

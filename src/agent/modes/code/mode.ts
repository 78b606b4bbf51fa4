import type { Catalog } from '../../../capabilities/catalog.ts';
import type { HostCall, Sandbox, SandboxLimits, ScriptClock, ScriptOutcome } from '../../../sandbox/port.ts';
import { cleanText } from '../../../shared/text.ts';
import { type CappedValue, capValue } from '../../../shared/truncate.ts';
import type { InvestigationMode, ModelAnswer, ModeStep, TurnIo } from '../mode.ts';
import {
  CONSOLE_CHARACTERS,
  checkMessage,
  cutOffMessage,
  emptyMessage,
  RESULT_CHARACTERS,
  scriptMessage,
} from './messages.ts';
import { codePrompt } from './prompt.ts';
import { createCodeReader } from './reader.ts';

/** Characters that a line of console output counts beside its text: empty lines are events too. */
const CONSOLE_LINE = 20;

export interface CodeModeDeps {
  catalog: Catalog;
  sandbox: Sandbox;
  limits: SandboxLimits;
  /** The host side of one script's calls. */
  openCalls(io: TurnIo): ScriptCalls;
  redactText(text: string): string;
  redactValue(value: unknown): unknown;
}

/** The calls of one script, as the agent serves them. */
export interface ScriptCalls {
  call: HostCall;
  clock: ScriptClock;
  /** What a person refused in this script, one sentence each. */
  denied(): string[];
  /** A failure that ends the whole question: the cluster cannot be reached. */
  fatal(): Error | undefined;
  signal: AbortSignal;
}

/** Code mode: the model writes a script, it is type-checked, run, and what it returned goes back. */
export function createCodeMode(deps: CodeModeDeps): InvestigationMode {
  return {
    name: 'code',
    begin: () => undefined,
    system: codePrompt(deps.catalog),
    declarations: deps.catalog.coreDeclarations(),
    tools: undefined,
    reader: createCodeReader,
    respond: (answer, io) => respond(deps, answer, io),
  };
}

async function respond(deps: CodeModeDeps, answer: ModelAnswer, io: TurnIo): Promise<ModeStep> {
  const { script } = answer;
  if (script === undefined) {
    const closing = [answer.text, answer.report].filter(Boolean).join('\n\n');
    if (closing !== '') return { kind: 'final', text: closing };
    return { kind: 'continue', reply: emptyMessage(), fingerprint: '', failure: 'empty answer' };
  }
  if (!answer.closed && (answer.reason === 'length' || answer.reason === 'cut')) {
    return { kind: 'continue', reply: cutOffMessage(), fingerprint: script, failure: 'cut off' };
  }
  const check = await deps.sandbox.check(script, io.signal);
  io.emit({
    type: 'script-checked',
    turn: io.turn,
    ok: check.ok,
    message: check.message,
    durationMs: check.durationMs,
  });
  if (!check.ok) {
    return {
      kind: 'continue',
      reply: checkMessage(check.message),
      fingerprint: script,
      failure: check.message,
    };
  }
  return run(deps, script, io);
}

async function run(deps: CodeModeDeps, script: string, io: TurnIo): Promise<ModeStep> {
  io.emit({ type: 'script-started', turn: io.turn });
  const calls = deps.openCalls(io);
  let consoleRoom = CONSOLE_CHARACTERS * 4;
  const outcome = await deps.sandbox.run({
    code: script,
    call: calls.call,
    clock: calls.clock,
    limits: deps.limits,
    signal: calls.signal,
    onConsole: line => {
      consoleRoom -= line.text.length + CONSOLE_LINE;
      if (consoleRoom > 0) {
        io.emit({
          type: 'console',
          turn: io.turn,
          level: line.level,
          text: deps.redactText(cleanText(line.text)),
        });
      }
    },
  });
  const fatal = calls.fatal();
  const capped = capResult(deps, outcome);
  const result = capped && JSON.stringify(capped.value);
  const error = outcome.error && {
    ...outcome.error,
    message: deps.redactText(cleanText(outcome.error.message)),
  };
  io.emit({
    type: 'script-finished',
    turn: io.turn,
    ok: error === undefined,
    result,
    error,
    calls: outcome.stats.calls,
    cpuMs: outcome.stats.cpuMs,
    durationMs: outcome.stats.durationMs,
  });
  if (fatal) throw fatal;
  io.signal.throwIfAborted();
  const reply = scriptMessage({
    result,
    cuts: capped?.cuts ?? [],
    error,
    console: outcome.console.map(line => ({ ...line, text: deps.redactText(cleanText(line.text)) })),
    unawaited: outcome.unawaited,
    denied: calls.denied(),
  });
  return {
    kind: 'continue',
    reply,
    fingerprint: script,
    failure: error && `${error.name}: ${error.message}`,
  };
}

function capResult(deps: CodeModeDeps, outcome: ScriptOutcome): CappedValue | undefined {
  if (outcome.result === undefined) return undefined;
  return capValue(deps.redactValue(JSON.parse(outcome.result)), RESULT_CHARACTERS);
}

import type { Catalog } from '../../../capabilities/catalog.ts';
import type { HostCall, Sandbox, SandboxLimits, ScriptClock } from '../../../sandbox/port.ts';
import type { InvestigationMode, ModelAnswer, ModeStep, TurnIo } from '../mode.ts';
import { answered, rewritten, understand } from './answer.ts';
import { type CodeForm, RUN_SCRIPT_TOOL } from './forms.ts';
import { checkMessage, cutOffMessage, emptyMessage, noToolMessage } from './messages.ts';
import { createOffer } from './offer.ts';
import { createCodeReader } from './reader.ts';
import { checkAndRepair } from './repair/repair.ts';
import { runScript } from './run-script.ts';

export interface CodeModeDeps {
  catalog: Catalog;
  sandbox: Sandbox;
  /** Of the next script. */
  limits(): SandboxLimits;
  /** How the session's present model is asked for its scripts. */
  form(): CodeForm;
  /** The host side of one script's calls. */
  openCalls(io: TurnIo): ScriptCalls;
  redactText(text: string): string;
  redactValue(value: unknown): unknown;
  /** Takes what a script returned, redacted, before it is cut for the model. */
  keepResult(turn: number, value: unknown): void;
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
  const offer = createOffer(deps.catalog);
  const families = new Set(deps.catalog.names().map(name => name.split('.')[0]!));
  let form: CodeForm = 'fence';
  return {
    name: 'code',
    begin: question => {
      form = deps.form();
      return offer.begin(question, form);
    },
    get system() {
      return offer.system;
    },
    get declarations() {
      return offer.declarations;
    },
    get tools() {
      return form === 'tool' ? [RUN_SCRIPT_TOOL] : undefined;
    },
    reader: createCodeReader,
    understand: answer => understand(answer, families),
    respond: (answer, io) => respond(deps, answer, io),
  };
}

async function respond(deps: CodeModeDeps, answer: ModelAnswer, io: TurnIo): Promise<ModeStep> {
  const { script } = answer;
  if (script === undefined) return withoutScript(answer, io);
  if (!answer.closed && (answer.reason === 'length' || answer.reason === 'cut')) {
    return {
      kind: 'continue',
      reply: answered(answer, cutOffMessage()),
      fingerprint: script,
      failure: 'cut off',
    };
  }
  const started = performance.now();
  const repaired = await checkAndRepair(script, text => deps.sandbox.check(text, io.signal));
  const repairs = [...(answer.repairs ?? []), ...repaired.repairs];
  if (repairs.length > 0)
    io.emit({ type: 'script-repaired', turn: io.turn, repairs, script: repaired.script });
  const { ok, message } = repaired.check;
  io.emit({
    type: 'script-checked',
    turn: io.turn,
    ok,
    message,
    durationMs: performance.now() - started,
  });
  const kept = repaired.repairs.length > 0 ? rewritten(answer, repaired.script) : undefined;
  if (ok) return runScript(deps, { ...answer, script: repaired.script }, kept, io);
  return {
    kind: 'continue',
    reply: answered(answer, checkMessage(message)),
    fingerprint: script,
    failure: message,
  };
}

/** The closing words, or an answer that is of no use. */
function withoutScript(answer: ModelAnswer, io: TurnIo): ModeStep {
  if (answer.toolCalls.length > 0) {
    const reply = answered(answer, noToolMessage());
    const results = reply.content.filter(part => part.type === 'tool-result');
    io.emit({ type: 'tools-answered', turn: io.turn, results });
    const fingerprint = JSON.stringify(answer.toolCalls.map(call => [call.name, call.input]));
    return { kind: 'continue', reply, fingerprint, failure: 'there is no such tool' };
  }
  const closing = [answer.text, answer.report].filter(Boolean).join('\n\n');
  if (closing !== '') return { kind: 'final', text: closing };
  return { kind: 'continue', reply: emptyMessage(), fingerprint: '', failure: 'empty answer' };
}

import type { ScriptOutcome } from '../../../sandbox/port.ts';
import { cleanText } from '../../../shared/text.ts';
import { type CappedValue, capText, capValue } from '../../../shared/truncate.ts';
import type { ModelAnswer, ModeStep, TurnIo } from '../mode.ts';
import { answered } from './answer.ts';
import { CONSOLE_CHARACTERS, finishedMessage, RESULT_CHARACTERS, scriptMessage } from './messages.ts';
import type { CodeModeDeps } from './mode.ts';

/** Characters that a line of console output counts beside its text: empty lines are events too. */
const CONSOLE_LINE = 20;
/** Of the closing words that a script may write. */
const CLOSING_CHARACTERS = 8_000;
/** What the text of `report()`, or of a report written by hand, begins with. */
const REPORT_START = /^\s*(?:[#*]*\s*)?(?:REPORT|verdict|root cause)\b/i;

/** Runs a checked script, tells everyone about it, and makes of its end what the model reads next. */
export async function runScript(
  deps: CodeModeDeps,
  answer: ModelAnswer & { script: string },
  kept: ModelAnswer | undefined,
  io: TurnIo,
): Promise<ModeStep> {
  io.emit({ type: 'script-started', turn: io.turn });
  const calls = deps.openCalls(io);
  let consoleRoom = CONSOLE_CHARACTERS * 4;
  const outcome = await deps.sandbox.run({
    code: answer.script,
    call: calls.call,
    clock: calls.clock,
    limits: deps.limits(),
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
  const words = closingWords(deps, outcome);
  const capped = words === undefined ? capResult(deps, outcome, io.turn) : { value: words, cuts: [] };
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
  // Words that were written before a person refused what they may speak of close nothing.
  if (words !== undefined && calls.denied().length === 0) {
    const reply = answered(answer, finishedMessage(words));
    return { kind: 'final', text: words, plain: !REPORT_START.test(words), reply, kept };
  }
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
    reply: answered(answer, reply),
    kept,
    fingerprint: answer.script,
    failure: error && `${error.name}: ${error.message}`,
  };
}

/** What the script said with `finish`, as people may see it. */
function closingWords(deps: CodeModeDeps, outcome: ScriptOutcome): string | undefined {
  if (!outcome.closing || outcome.error || outcome.result === undefined) return undefined;
  const words = deps.redactText(cleanText(String(JSON.parse(outcome.result))));
  return capText(words, CLOSING_CHARACTERS);
}

function capResult(deps: CodeModeDeps, outcome: ScriptOutcome, turn: number): CappedValue | undefined {
  if (outcome.result === undefined) return undefined;
  const value = deps.redactValue(JSON.parse(outcome.result));
  deps.keepResult(turn, value);
  return capValue(value, RESULT_CHARACTERS);
}

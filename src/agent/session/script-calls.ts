import type { KvError } from '../../shared/errors.ts';
import { type DispatchDeps, dispatchCall } from '../dispatch.ts';
import type { ScriptCalls } from '../modes/code/mode.ts';
import type { TurnIo } from '../modes/mode.ts';
import { stepsOf } from '../steps.ts';
import type { SessionPolicy } from './session-policy.ts';

/** The host side of one script: serves its calls, lets its clock stand while a person decides. */
export function openScriptCalls(
  io: TurnIo,
  deps: { dispatch: DispatchDeps; policy: SessionPolicy },
): ScriptCalls {
  const stop = new AbortController();
  const denied: string[] = [];
  const steps = stepsOf();
  let fatal: KvError | undefined;
  const clock = deps.policy.scriptClock(text => denied.push(text));
  return {
    clock,
    signal: AbortSignal.any([io.signal, stop.signal]),
    denied: () => denied,
    fatal: () => fatal,
    call: async (request, signal) => {
      const outcome = await dispatchCall(
        deps.dispatch,
        { ...request, step: steps(request) },
        {
          turn: io.turn,
          emit: io.emit,
          onFatal: error => {
            fatal ??= error;
            stop.abort(error);
          },
        },
        signal,
      );
      return outcome.text;
    },
  };
}

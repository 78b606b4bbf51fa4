import type { KvError } from '../../shared/errors.ts';
import type { SessionResults } from '../context/results.ts';
import { type DispatchDeps, dispatchCall } from '../dispatch.ts';
import type { TurnIo } from '../modes/mode.ts';
import type { ToolCalls } from '../modes/tools/mode.ts';
import type { SessionPolicy } from './session-policy.ts';

/** Calls that return what is kept already. */
const OWN = /^(?:state|tools)\./;

/** The host side of one turn's tool calls. */
export function openToolCalls(
  io: TurnIo,
  deps: { dispatch: DispatchDeps; policy: SessionPolicy; results: SessionResults },
): ToolCalls {
  const stop = new AbortController();
  const signal = AbortSignal.any([io.signal, stop.signal]);
  const denied: string[] = [];
  let fatal: KvError | undefined;
  deps.policy.scriptClock(text => denied.push(text));
  return {
    denied: () => denied,
    fatal: () => fatal,
    call: async request => {
      const outcome = await dispatchCall(
        deps.dispatch,
        request,
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
      if (!OWN.test(request.name)) deps.results.keep(io.turn, outcome.value, { tool: request.name });
      return outcome;
    },
  };
}

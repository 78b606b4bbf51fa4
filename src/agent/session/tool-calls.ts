import type { KvError } from '../../shared/errors.ts';
import { type DispatchDeps, dispatchCall } from '../dispatch.ts';
import type { TurnIo } from '../modes/mode.ts';
import type { ToolCalls } from '../modes/tools/mode.ts';
import type { SessionPolicy } from './session-policy.ts';

/** The host side of one turn's tool calls. */
export function openToolCalls(
  io: TurnIo,
  deps: { dispatch: DispatchDeps; policy: SessionPolicy },
): ToolCalls {
  const stop = new AbortController();
  const signal = AbortSignal.any([io.signal, stop.signal]);
  const denied: string[] = [];
  let fatal: KvError | undefined;
  deps.policy.scriptClock(text => denied.push(text));
  return {
    denied: () => denied,
    fatal: () => fatal,
    call: request =>
      dispatchCall(
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
      ),
  };
}

import { KvError } from '../../shared/errors.ts';
import type { SessionResults } from '../context/results.ts';
import { type CallRequest, type DispatchDeps, dispatchCall } from '../dispatch.ts';
import type { TurnIo } from '../modes/mode.ts';
import type { ToolCalls } from '../modes/tools/mode.ts';
import type { SessionPolicy } from './session-policy.ts';

/** Calls that return what is kept already. */
const OWN = /^(?:state|tools)\./;

const LIMIT_REACHED =
  'Not run: this question has made all the calls it may make. Write the REPORT now from what you know.';

/** The host side of one turn's tool calls. */
export function openToolCalls(
  io: TurnIo,
  deps: {
    dispatch: DispatchDeps;
    policy: SessionPolicy;
    results: SessionResults;
    /** Calls that this question may still make. */
    callsLeft(): number;
    /** Reads that may be under way at the same time. */
    concurrency: number;
  },
): ToolCalls {
  const stop = new AbortController();
  const signal = AbortSignal.any([io.signal, stop.signal]);
  const denied: string[] = [];
  let fatal: KvError | undefined;
  deps.policy.scriptClock(text => denied.push(text));
  const inLane = lanes(deps.concurrency);
  const dispatched = async (request: CallRequest) => {
    signal.throwIfAborted();
    if (deps.callsLeft() <= 0) throw new KvError('limit', LIMIT_REACHED);
    const onFatal = (error: KvError) => {
      fatal ??= error;
      stop.abort(error);
    };
    return dispatchCall(deps.dispatch, request, { turn: io.turn, emit: io.emit, onFatal }, signal);
  };
  return {
    denied: () => denied,
    fatal: () => fatal,
    call: async request => {
      const isRead = deps.dispatch.catalog.get(request.name)?.effect === 'read';
      // Changes start together, so that they stand on one card.
      const outcome = await (isRead ? inLane(() => dispatched(request)) : dispatched(request));
      if (!OWN.test(request.name)) deps.results.keep(io.turn, outcome.value, { tool: request.name });
      return outcome;
    },
  };
}

/** Runs at most `most` pieces of work at the same time, in the order in which they come. */
function lanes(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = most;
  const waiting: Array<() => void> = [];
  return async work => {
    if (free > 0) free -= 1;
    else await new Promise<void>(resolve => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

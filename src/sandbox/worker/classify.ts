import { isRecord } from '../../shared/json.ts';
import { formatBytes } from '../../shared/text.ts';
import type { SandboxLimits } from '../port.ts';
import type { RawScriptError } from '../protocol.ts';
import type { Place } from './place.ts';

export interface ClassifyContext {
  outOfMemory: boolean;
  limits: SandboxLimits;
  placeOf(stack: string): Place;
}

/** Names the error that a script ended with, from the facts that the shim collected about it. */
export function classifyGuestError(facts: unknown, context: ClassifyContext): RawScriptError {
  const fields = isRecord(facts) ? facts : {};
  const text = (key: string) => (typeof fields[key] === 'string' ? fields[key] : '');
  const message = text('message');
  const guestName = text('name') || undefined;
  const place = context.placeOf(text('stack'));
  const origin = isRecord(fields.origin) ? fields.origin : {};

  if (typeof origin.id === 'number') {
    const name = origin.limit === true ? 'ResultLimitError' : 'CallError';
    return { name, message, guestName, call: { id: origin.id, name: String(origin.name) }, ...place };
  }
  if (origin.limit === true) return resultTooLarge(context.limits);
  if (typeof origin.unknownMember === 'string') {
    return { name: 'RuntimeError', message, guestName, unknownMember: origin.unknownMember, ...place };
  }
  // Strings grow as ropes: one may reach the engine's longest string before its memory is asked for.
  const failedMemory =
    message === 'out of memory' ||
    (guestName === 'InternalError' && message === 'string too long') ||
    (context.outOfMemory && fields.thrown === 'null');
  if (failedMemory) return { ...memoryError(context.limits), ...place };
  if (isStackOverflow(message)) return { ...stackError(), ...place };
  if (fields.thrown !== undefined) {
    return { name: 'RuntimeError', message: `The script threw a value that is not an Error: ${message}` };
  }
  return { name: 'RuntimeError', message, guestName, ...place };
}

/** Names a failure that came out of the engine itself: an abort, a trap, an exception of the host's stack. */
export function classifyHostError(
  error: unknown,
  outOfMemory: boolean,
  limits: SandboxLimits,
): RawScriptError {
  const message = error instanceof Error ? error.message : String(error);
  if (outOfMemory || message.includes('out of memory') || message.includes('out of bounds'))
    return memoryError(limits);
  if (error instanceof RangeError || isStackOverflow(message)) return stackError();
  return { name: 'RuntimeError', message: `The script engine stopped: ${message}` };
}

function isStackOverflow(message: string): boolean {
  return message.includes('Maximum call stack size exceeded') || message === 'stack overflow';
}

function memoryError(limits: SandboxLimits): RawScriptError {
  return {
    name: 'MemoryLimitError',
    message: `The script used more than ${formatBytes(limits.memoryBytes)} of memory. Fetch less: select fields, filter with selectors, limit log lines, and drop what is not needed.`,
  };
}

function stackError(): RawScriptError {
  return {
    name: 'StackLimitError',
    message:
      'The script recursed too deeply: a function calls itself without an end, or a value is nested too deep.',
  };
}

function resultTooLarge(limits: SandboxLimits): RawScriptError {
  return {
    name: 'ResultLimitError',
    message: `The script's result is larger than ${formatBytes(limits.maxResultBytesPerCall)}. Return the few facts you need: filter, slice or count inside the script.`,
  };
}

import { codeFrame } from './frame.ts';
import { locateCallee, locateRead, locateWord, type SourcePlace } from './locate.ts';
import type { ScriptError } from './port.ts';
import { clampPlace, prepareScript } from './prepare.ts';
import type { RawScriptError } from './protocol.ts';
import { adviceForName, adviceForSyntax } from './teach.ts';

type Suggest = ((badName: string) => string | undefined) | undefined;

interface Explanation {
  message: string;
  place?: SourcePlace;
}

/** Makes an error that helps whoever wrote the script: the place, three lines around it, what to write instead. */
export function explainError(raw: RawScriptError, code: string, suggest: Suggest): ScriptError {
  const { source } = prepareScript(code);
  const reported =
    raw.line === undefined
      ? undefined
      : { ...clampPlace(source, raw.line, raw.column ?? 1), length: raw.length ?? 1 };
  const { message, place = reported } = explain(raw, source, reported, suggest);
  const error: ScriptError = { name: raw.name, message };
  if (place) {
    error.line = place.line;
    error.column = place.column;
    error.frame = codeFrame(source, place.line, place.column, place.length);
  }
  if (raw.call) error.call = raw.call;
  return error;
}

function explain(
  raw: RawScriptError,
  source: string,
  reported: SourcePlace | undefined,
  suggest: Suggest,
): Explanation {
  if (raw.unknownMember) return unknownMember(raw, raw.unknownMember, source, reported, suggest);
  switch (raw.name) {
    case 'SyntaxError':
      return { message: sentence(raw.message, adviceForSyntax(raw.message, lineAt(source, reported))) };
    case 'CallError':
      return { message: raw.call ? prefixed(raw.call.name, raw.message) : raw.message };
    case 'RuntimeError':
      return runtimeError(raw, source, reported, suggest);
    default:
      return { message: raw.message };
  }
}

function unknownMember(
  raw: RawScriptError,
  name: string,
  source: string,
  reported: SourcePlace | undefined,
  suggest: Suggest,
): Explanation {
  const better = suggest?.(name);
  const message = better ? sentence(`${name} does not exist.`, better) : raw.message;
  return { message, place: reported && locateWord(source, reported, name) };
}

function runtimeError(
  raw: RawScriptError,
  source: string,
  reported: SourcePlace | undefined,
  suggest: Suggest,
): Explanation {
  const message =
    raw.guestName && raw.guestName !== 'Error' ? `${raw.guestName}: ${raw.message}` : raw.message;
  const unknown = /^'?([\w$]+)'? is not defined$/.exec(raw.message)?.[1];
  if (unknown) {
    const place = reported && locateWord(source, reported, unknown);
    return { message: sentence(message, adviceForName(unknown) ?? suggest?.(unknown)), place };
  }
  if (!reported) return { message };
  const access = /^cannot (?:read|set) property '(.+)' of (undefined|null)$/.exec(raw.message);
  if (access) {
    const place = locateRead(source, reported, access[1]!);
    const why = place?.object && `\`${place.object}\` is ${access[2]}; check that it exists, or use \`?.\`.`;
    return { message: sentence(message, why), place };
  }
  if (raw.message === 'not a function') {
    const callee = locateCallee(source, reported);
    if (callee) return { message: `TypeError: \`${callee.object}\` is not a function`, place: callee };
  }
  return { message };
}

function prefixed(name: string, message: string): string {
  return message.startsWith(name) ? message : `${name}: ${message}`;
}

function sentence(first: string, then: string | undefined): string {
  if (!then) return first;
  return `${/[.!?]$/.test(first) ? first : `${first}.`} ${then}`;
}

function lineAt(source: string, place: { line: number } | undefined): string {
  return place ? (source.split('\n')[place.line - 1] ?? '') : '';
}

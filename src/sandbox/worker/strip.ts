import { transformSync } from 'amaro';
import { HEADER_LINES } from '../prepare.ts';
import type { RawScriptError } from '../protocol.ts';

/** JavaScript with every line and column where it was, or why there is none. */
export type Stripped = { code: string } | { error: RawScriptError };

export function stripTypes(wrapped: string): Stripped {
  try {
    return { code: transformSync(wrapped, { mode: 'strip-only' }).code };
  } catch (error) {
    return { error: syntaxError(error) };
  }
}

/** amaro throws plain objects: message, startLine (1-based), startColumn and endColumn (0-based). */
function syntaxError(thrown: unknown): RawScriptError {
  const fields = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Record<string, unknown>;
  const number = (key: string) => (typeof fields[key] === 'number' ? fields[key] : undefined);
  const start = number('startColumn');
  const end = number('endColumn');
  const line = number('startLine');
  return {
    name: 'SyntaxError',
    message: typeof fields.message === 'string' ? fields.message : String(thrown),
    line: line === undefined ? undefined : line - HEADER_LINES,
    column: start === undefined ? undefined : start + 1,
    length: start !== undefined && end !== undefined && number('endLine') === line ? end - start : 1,
  };
}

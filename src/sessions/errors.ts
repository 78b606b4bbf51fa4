import { KvError } from '../shared/errors.ts';

/** Why the history could not be read or written. */
export type SessionFailure =
  | 'unwritable'
  | 'full'
  | 'corrupt'
  | 'newer-schema'
  | 'locked'
  | 'conflict'
  | 'unavailable'
  | 'not-found'
  | 'ambiguous';

/** The session history failed, or a session could not be found in it. `reason` tells them apart. */
export class SessionError extends KvError {
  readonly reason: SessionFailure;

  constructor(
    reason: SessionFailure,
    message: string,
    options: { hint?: string; facts?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    const kind = reason === 'not-found' || reason === 'ambiguous' ? 'usage' : 'failed';
    super(kind, message, options);
    this.reason = reason;
  }
}

/** What a failure of SQLite or of the file system means for the history at `path`. */
export function historyError(error: unknown, path: string): SessionError {
  if (error instanceof SessionError) return error;
  const code = (error as { code?: unknown } | null)?.code;
  const name = typeof code === 'string' ? code : '';
  const failure = (reason: SessionFailure, why: string, hint: string) =>
    new SessionError(reason, `The session history ${path} ${why}.`, {
      hint,
      facts: { path, code: name },
      cause: error,
    });
  if (/^SQLITE_(FULL)|^ENOSPC|^EDQUOT/.test(name)) {
    return failure('full', 'cannot grow: the disk or its size limit is full', 'Free some space.');
  }
  if (/^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)|^E(ACCES|PERM|ROFS|NOTDIR|ISDIR|EXIST|NOENT)$/.test(name)) {
    return failure(
      'unwritable',
      'cannot be written',
      'Check the rights of that directory, or set XDG_STATE_HOME to one that can be written.',
    );
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(name)) {
    return failure(
      'corrupt',
      'is damaged or not a database',
      `Move it away (mv ${path} ${path}.damaged); kv makes a new one.`,
    );
  }
  if (/^SQLITE_(BUSY|LOCKED)/.test(name)) {
    return failure(
      'locked',
      'is locked by another process',
      'Close other programs that have it open, and try again.',
    );
  }
  if (name === 'SQLITE_CONSTRAINT_FOREIGNKEY') {
    return failure('not-found', 'no longer holds this session', 'It was removed meanwhile: start a new one.');
  }
  if (/^SQLITE_CONSTRAINT/.test(name)) {
    return failure(
      'conflict',
      'already holds that entry',
      'Another kv works on the same session: close one of them.',
    );
  }
  const said = error instanceof Error ? error.message.split('\n')[0] : String(error);
  return failure('unavailable', `cannot be used (${said})`, 'Run `kv doctor`.');
}

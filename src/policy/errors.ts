import { KvError } from '../shared/errors.ts';

/** A person (or the lack of one) said no. A script may catch it and go on without the change. */
export class DeniedError extends KvError {
  readonly reason: string;

  constructor(what: string, reason: string) {
    super('failed', `Denied: ${what}${reason ? ` (${reason})` : ''}.`, {
      hint: 'Nothing was changed. Do not ask for the same change again; go on without it or propose it as a remediation.',
      facts: { denied: true, reason },
    });
    this.reason = reason;
  }
}

/** The session may only read. Only the person at the terminal can lift this. */
export class ReadOnlyError extends KvError {
  constructor(what: string) {
    super('failed', `This session is read-only: ${what} was not sent.`, {
      hint: 'Describe the change as a remediation instead.',
      facts: { readOnly: true },
    });
  }
}

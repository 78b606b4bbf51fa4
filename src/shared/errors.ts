/**
 * What kind of failure a user is looking at. `cli/` maps each kind to one documented exit code; no other room
 * knows exit codes.
 */
export type FailureKind =
  | 'failed'
  | 'usage'
  | 'cluster-unreachable'
  | 'model-unavailable'
  | 'limit'
  | 'cancelled';

/**
 * A failure that a person can mend. `message` says what and why in one sentence, `hint` what to do next.
 * The facts behind the sentence are fields (`facts`), never parsed back out of the text.
 */
export class KvError extends Error {
  readonly kind: FailureKind;
  readonly hint: string | undefined;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    kind: FailureKind,
    message: string,
    options: { hint?: string; facts?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.kind = kind;
    this.hint = options.hint;
    this.facts = options.facts ?? {};
  }

  /** Message and hint as the one line that a user sees. */
  get sentence(): string {
    return this.hint ? `${this.message} ${this.hint}` : this.message;
  }
}

/** The text of anything that was thrown, without a stack. */
export function messageOf(error: unknown): string {
  if (error instanceof KvError) return error.sentence;
  return error instanceof Error ? error.message : String(error);
}

/** True for the rejection that an aborted AbortSignal causes, whoever threw it. */
export function isAbort(error: unknown, signal?: AbortSignal): boolean {
  if (signal?.aborted) return true;
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

import { KvError } from '../shared/errors.ts';

/** No answer from a model is to be had: unknown model, bad key, no connection, overloaded past all retries. */
export class ModelError extends KvError {
  constructor(
    message: string,
    options: { hint?: string; facts?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super('model-unavailable', message, options);
  }
}

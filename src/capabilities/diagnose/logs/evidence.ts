import type { LogDigest } from './digest.ts';

/** The logs of one container: of the instance that runs (or ended last), and of the one before. */
export interface LogEvidence {
  current?: LogDigest;
  previous?: LogDigest;
}

import type { FailureKind } from '../shared/errors.ts';

/** Stable and documented in the README. */
export const EXIT_CODES = {
  answered: 0,
  failed: 1,
  usage: 2,
  'cluster-unreachable': 3,
  'model-unavailable': 4,
  limit: 5,
  cancelled: 130,
} as const satisfies Record<FailureKind | 'answered', number>;

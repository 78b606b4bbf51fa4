/** One answer of a model, as it is written into the account. Counts are tokens. */
export interface AccountEntry {
  /** Unix milliseconds. */
  at: number;
  session: string;
  turn: number;
  provider: string;
  model: string;
  mode: string;
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  estimated: boolean;
  /** US dollars; null where the price is unknown. */
  costUsd: number | null;
}

/** Sums of one model: tokens (caches included), dollars of the answers with a known price, and the other answers. */
export interface AccountTotal {
  provider: string;
  model: string;
  tokens: number;
  costUsd: number;
  unpriced: number;
}

/** A threshold of a budget within a period. */
export interface ThresholdClaim {
  period: string;
  budget: string;
  limit: number;
  threshold: number;
}

/**
 * The durable account that budgets are held against. All processes of a person share one, so a sum includes what
 * the others have spent until now. Every method may throw; spending then goes on with what it knows.
 */
export interface Account {
  add(entry: AccountEntry): void;
  /** From `from` up to but without `to`, in Unix milliseconds. */
  totals(from: number, to: number): AccountTotal[];
  /** True for the first process that claims the threshold, and only once. */
  claim(claim: ThresholdClaim, at: number): boolean;
}

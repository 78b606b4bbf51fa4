/** Something about a trace that costs time or memory, in one or two plain sentences with its figures. */
export interface Finding {
  kind:
    | 'sync-stall'
    | 'launch-bound'
    | 'allocation-churn'
    | 'first-use'
    | 'oom-kill'
    | 'late-rank'
    | 'leak'
    | 'out-of-memory'
    | 'fragmentation';
  pid: number;
  process: string;
  /** What could be won at most; 0 where it is not about time. */
  wonMs: number;
  figures: Record<string, number>;
  sentence: string;
  /** What to do about it. */
  advice: string;
}

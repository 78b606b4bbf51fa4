import type { HttpMethod } from '../cluster/transport.ts';

/** What a request does to the world, decided from the HTTP verb and subresource. */
export type Effect = 'read' | 'write' | 'delete' | 'exec' | 'reveal';

/** One change that waits for a person: exactly the request that will be sent, and what it would do. */
export interface Change {
  id: string;
  effect: Exclude<Effect, 'read'>;
  /** What kubectl would call it: `patch`, `delete`, `create`, `update`, `evict`, `exec`, `reveal`. */
  verb: string;
  kind: string;
  namespace: string;
  name: string;
  request: { method: HttpMethod; path: string; query: Record<string, string>; body?: unknown };
  /** Unified diff of the object before and after `dryRun=All`; absent where the server offers no dry run. */
  diff?: string;
  /** Why there is no diff, or what the server said against the change. */
  note?: string;
  /** The object as it is now, redacted for display; what `kv undo` would restore. */
  before?: unknown;
}

/** Changes that were asked for in the same tick of one script: one card. */
export interface ApprovalRequest {
  id: string;
  changes: Change[];
}

export type ApprovalDecision =
  | { outcome: 'allow' }
  /** Allow now, and from now on this verb on this kind in this namespace, for the session. */
  | { outcome: 'allow-session' }
  | { outcome: 'deny'; reason: string };

/** Who is asked. Implemented by the terminal UI, by headless (always denies) and by tests. */
export interface Approver {
  decide(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalDecision>;
}

/** A standing permission given with `allow-session`; revocable. */
export interface Grant {
  verb: string;
  kind: string;
  namespace: string;
}

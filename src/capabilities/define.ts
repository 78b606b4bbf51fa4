import type { z } from 'zod';
import type { ClusterClient } from '../cluster/port.ts';
import type { HttpMethod } from '../cluster/transport.ts';
import type { Traces } from '../trace/traces.ts';

/** Approval class of a capability. For generic requests it follows from the HTTP verb and subresource. */
export type CapabilityEffect = 'read' | 'write' | 'delete' | 'exec';

export interface Example {
  /** What the example is for, in a few words. */
  title: string;
  /** A TypeScript expression or a few lines that type-check against the declarations. */
  code: string;
}

/**
 * One thing that a script may ask of the outside world, declared once. Declarations, JSON Schema, search index,
 * approval class, span name and reference page are all derived from it.
 */
export interface Capability<P extends z.ZodObject = z.ZodObject, R extends z.ZodType = z.ZodType> {
  /** `family.name`. */
  readonly name: string;
  readonly effect: CapabilityEffect | ((params: z.output<P>) => CapabilityEffect);
  readonly params: P;
  readonly result: R;
  /** One line, imperative, no full stop. */
  readonly summary: string;
  /** Anything a caller must know beyond the summary: units, defaults, what is cut. */
  readonly details?: string;
  /** What the prompt of code mode says instead of the summary: shorter, '' where the name says it. */
  readonly brief?: string;
  readonly examples: readonly Example[];
  /**
   * Whether its answer may stand for the same call made again shortly after. Absent: it may, if the effect is
   * `read`. `never`: each call counts (measurements, the session's own data). `ends`: it waits, so whoever calls
   * it wants to see anew what was read before.
   */
  readonly reuse?: 'never' | 'ends';
  run(context: CapabilityContext, params: z.output<P>): Promise<z.input<R>>;
}

export type AnyCapability = Capability<z.ZodObject, z.ZodType>;

/** Identity with types: the one way to declare a capability. */
export function defineCapability<P extends z.ZodObject, R extends z.ZodType>(
  capability: Capability<P, R>,
): Capability<P, R> {
  return capability;
}

/** What a running capability may use. Everything that changes the world goes through `cluster`, which is gated. */
export interface CapabilityContext {
  /** Throws a KvError that says how to connect when the session has no cluster. */
  readonly cluster: ClusterClient;
  /** The trace files of the session; `get` throws a KvError that says how to open one when there is none. */
  readonly trace: Traces;
  /** The namespace used when a call names none. */
  readonly namespace: string;
  readonly signal: AbortSignal;
  readonly state: StateStore;
  readonly results: ResultShelf;
  readonly secrets: SecretDesk;
  /**
   * What a script may see of something from the cluster. Results are redacted anyway; a capability that answers
   * questions about a value (a pattern, a comparison) or tears it from its name must ask about this instead.
   */
  redact<T>(value: T): T;
  now(): number;
  /** Tells the person what a long call is doing. */
  progress(message: string): void;
  /**
   * Asks once for several requests that belong together (drain: one cordon and its evictions). Resolves when
   * they are approved; those very requests then pass the gate without a second question. Rejects when denied.
   */
  approve(requests: PlannedRequest[]): Promise<void>;
}

export interface PlannedRequest {
  method: HttpMethod;
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  contentType?: string;
}

/** JSON values that outlive one script, kept with the session. */
export interface StateStore {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(key: string): boolean;
  keys(): string[];
}

/** What earlier scripts and tool calls of the session returned, redacted, before it was cut for the model. */
export interface ResultShelf {
  /** In order of turns. */
  list(): ResultRow[];
  get(turn: number): { value: unknown } | undefined;
}

export interface ResultRow {
  turn: number;
  question: string;
  /** The beginning of its JSON. */
  starts: string;
  /** Of its JSON. */
  characters: number;
  /** False where only a shortened copy is left. */
  whole: boolean;
}

/** What stands in a script's data for a secret value. The value itself stays on the host. */
export interface SecretHandle {
  $secret: string;
  length: number;
  /** HMAC-SHA-256 under a key of this session: equal values have equal digests, nothing can be looked up. */
  sha256: string;
}

export interface SecretDesk {
  handle(value: string): SecretHandle;
  /** Tests a hidden value against a regular expression; limited in number per secret so that nothing can be searched out. */
  matches(handleId: string, pattern: string): boolean;
  /** The value itself, after an approval of its own. */
  reveal(handleId: string, reason: string): Promise<string>;
}

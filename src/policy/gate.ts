import { messageOf } from '../shared/errors.ts';
import { DeniedError, ReadOnlyError } from './errors.ts';
import { createGrants, isGrantable } from './grants.ts';
import type { ApprovalDecision, ApprovalRequest, Approver, Change, Grant } from './types.ts';

export type DecidedBy = 'person' | 'grant' | 'policy';

export interface GateOptions {
  approver: Approver;
  /** Asked at every change, so that a person can switch it at any time. */
  readOnly: () => boolean;
  /** False when there is nobody to ask: everything that no grant covers is denied. */
  interactive: boolean | (() => boolean);
  grants?: readonly Grant[];
  newId: () => string;
  onRequested?: (approval: ApprovalRequest) => void;
  onDecided?: (id: string, decision: ApprovalDecision, by: DecidedBy) => void;
  onApplied?: (change: Change) => void;
  /** The script's wall clock, which stands while a person thinks. Calls come in pairs. */
  clock?: { pause(): void; resume(): void };
}

export interface Submission {
  /** For errors: `patch Deployment shop/checkout`. */
  label: string;
  /** Finds out what the changes would do. Its rejection (the server's own no) reaches the script without a question. */
  prepare: () => Promise<Change[]>;
  signal: AbortSignal;
  /** Place on the card among changes of one tick, where it is not the order of asking: the order of the calls. */
  order?: number;
}

/** The one place where changes wait for a person. */
export interface Gate {
  /**
   * Resolves when all changes of the submission were allowed. Submissions made while another one is still being
   * prepared share its card. Rejects with DeniedError, ReadOnlyError, the signal's reason, or what `prepare` threw.
   */
  submit(submission: Submission): Promise<Change[]>;
  /**
   * Keeps the card that is being prepared open until the returned function is called: for a call that is about to
   * ask and still has to look something up, so that calls of one tick share a card.
   */
  hold(): () => void;
  /** Tells listeners that the cluster accepted a change. */
  applied(change: Change): void;
  newId(): string;
  grants(): Grant[];
  revoke(grant: Grant): void;
}

interface Entry {
  changes: Change[];
  label: string;
  signal: AbortSignal;
  /** Position in the batch, in the order in which the script asked. */
  order: number;
  settle(error?: unknown): void;
}

interface Batch {
  preparing: number;
  asked: number;
  entries: Entry[];
}

export function createGate(options: GateOptions): Gate {
  const grants = createGrants(options.grants);
  let open: Batch | undefined;
  // Cards are shown one after the other: nobody can read two at once.
  let cards: Promise<void> = Promise.resolve();

  const current = (): Batch => {
    open ??= { preparing: 0, asked: 0, entries: [] };
    return open;
  };

  /** Closes a batch one turn of the event loop after its last preview, so that calls of the same tick share it. */
  const closeWhenQuiet = (batch: Batch) => {
    setImmediate(() => {
      if (batch.preparing > 0 || open !== batch) return;
      open = undefined;
      if (batch.entries.length > 0) cards = cards.then(() => decide(batch.entries));
    });
  };

  const decide = async (entries: Entry[]): Promise<void> => {
    const waiting = entries.filter(entry => !entry.signal.aborted).sort((a, b) => a.order - b.order);
    const granted = waiting.filter(entry => entry.changes.every(grants.covers));
    const asked = waiting.filter(entry => !granted.includes(entry));
    if (granted.length > 0) {
      const request = requestOf(granted);
      options.onRequested?.(request);
      options.onDecided?.(request.id, { outcome: 'allow' }, 'grant');
      finish(granted, { outcome: 'allow' });
    }
    if (asked.length > 0) await ask(asked);
  };

  const ask = async (entries: Entry[]): Promise<void> => {
    const request = requestOf(entries);
    options.onRequested?.(request);
    options.clock?.pause();
    let outcome: { decision: ApprovalDecision; by: DecidedBy };
    try {
      outcome = await decisionFor(request, entries);
    } finally {
      options.clock?.resume();
    }
    const { decision, by } = outcome;
    if (decision.outcome === 'allow-session') {
      for (const { verb, kind, namespace } of request.changes.filter(isGrantable)) {
        grants.add({ verb, kind, namespace });
      }
    }
    options.onDecided?.(request.id, decision, by);
    finish(entries, decision);
  };

  const decisionFor = async (request: ApprovalRequest, entries: Entry[]) => {
    const interactive =
      typeof options.interactive === 'function' ? options.interactive() : options.interactive;
    if (!interactive) return { decision: deny('there is no one to ask'), by: 'policy' as const };
    const withdrawn = new AbortController();
    const cancelled = allAborted(entries, withdrawn);
    try {
      const decision = await Promise.race([
        options.approver.decide(request, withdrawn.signal),
        cancelled.promise,
      ]);
      return { decision, by: withdrawn.signal.aborted ? ('policy' as const) : ('person' as const) };
    } catch (error) {
      const reason = withdrawn.signal.aborted ? 'cancelled' : `asking failed: ${messageOf(error)}`;
      return { decision: deny(reason), by: 'policy' as const };
    } finally {
      cancelled.stop();
    }
  };

  const finish = (entries: Entry[], decision: ApprovalDecision): void => {
    for (const entry of entries) {
      if (decision.outcome === 'deny') entry.settle(new DeniedError(entry.label, decision.reason));
      else if (isWrite(entry.changes) && options.readOnly()) entry.settle(new ReadOnlyError(entry.label));
      else entry.settle();
    }
  };

  const requestOf = (entries: Entry[]): ApprovalRequest => ({
    id: options.newId(),
    changes: entries.flatMap(entry => entry.changes),
  });

  return {
    async submit({ label, prepare, signal, order: wanted }) {
      signal.throwIfAborted();
      const batch = current();
      batch.preparing += 1;
      const order = wanted ?? batch.asked++;
      let decided: Promise<void>;
      let changes: Change[];
      try {
        changes = await prepare();
        if (isWrite(changes) && options.readOnly()) throw new ReadOnlyError(label);
        signal.throwIfAborted();
        decided = new Promise<void>((resolve, reject) => {
          const onAbort = () => reject(signal.reason);
          signal.addEventListener('abort', onAbort, { once: true });
          const settle = (error?: unknown) => {
            signal.removeEventListener('abort', onAbort);
            if (error === undefined) resolve();
            else reject(error);
          };
          batch.entries.push({ changes, label, signal, order, settle });
        });
      } finally {
        batch.preparing -= 1;
        closeWhenQuiet(batch);
      }
      await decided;
      return changes;
    },
    hold() {
      const batch = current();
      batch.preparing += 1;
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        batch.preparing -= 1;
        closeWhenQuiet(batch);
      };
    },
    applied: change => options.onApplied?.(change),
    newId: () => options.newId(),
    grants: () => grants.list(),
    revoke: grant => grants.revoke(grant),
  };
}

function deny(reason: string): ApprovalDecision {
  return { outcome: 'deny', reason };
}

/** Revealing a secret changes nothing in the cluster. */
function isWrite(changes: Change[]): boolean {
  return changes.some(change => change.effect !== 'reveal');
}

/** Rejects, and aborts the controller so that the card goes away, once nobody waits for the card any more. */
function allAborted(
  entries: Entry[],
  controller: AbortController,
): { promise: Promise<never>; stop: () => void } {
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<never>((_, fail) => {
    reject = fail;
  });
  promise.catch(() => {});
  const check = () => {
    if (!entries.every(entry => entry.signal.aborted)) return;
    controller.abort(entries[0]!.signal.reason);
    reject(entries[0]!.signal.reason);
  };
  for (const { signal } of entries) signal.addEventListener('abort', check);
  check();
  const stop = () => {
    for (const { signal } of entries) signal.removeEventListener('abort', check);
  };
  return { promise, stop };
}

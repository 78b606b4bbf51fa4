import { AsyncLocalStorage } from 'node:async_hooks';
import type { PlannedRequest, SecretDesk } from '../../capabilities/define.ts';
import type { Transport } from '../../cluster/transport.ts';
import {
  type ApprovalDecision,
  type ApprovalRequest,
  createGate,
  createRedactor,
  createSecretDesk,
  createVault,
  type Gate,
  type GatedTransport,
  type Grant,
  gateTransport,
} from '../../policy/index.ts';
import { createScriptClock } from '../../sandbox/index.ts';
import type { ScriptClock } from '../../sandbox/port.ts';
import { KvError } from '../../shared/errors.ts';
import type { AgentEventBody } from '../events.ts';

export interface SessionPolicyOptions {
  interactive: boolean;
  readOnly(): boolean;
  newId(): string;
  /** The turn that is under way. */
  turn(): number;
  emit(event: AgentEventBody): void;
  /** Stops the question's own clock; the returned function lets it go on. */
  pause(): () => void;
}

/** Approvals, redaction and secrets of one session, wired to its events. */
export interface SessionPolicy {
  /** Secret handles for one call; a card that it opens goes away with `signal`. */
  secrets(signal: AbortSignal): SecretDesk;
  /** Puts the gate before a cluster; every later `approve` is about that cluster. */
  gate(transport: Transport): Transport;
  approve(requests: PlannedRequest[], signal: AbortSignal): Promise<void>;
  /** A person's answer to an `approval-requested` event. */
  decide(approvalId: string, decision: ApprovalDecision): void;
  grants(): Grant[];
  revoke(grant: Grant): void;
  redactText(text: string): string;
  redactResult(value: unknown): unknown;
  /** Puts hidden values back into the arguments of a capability call. */
  resolveArgs(value: unknown, capability: string): unknown;
  /** The clock of a script about to run; `onDenied` hears of what a person refuses meanwhile. */
  scriptClock(onDenied: (what: string) => void): ScriptClock;
  /** Runs a call that will ask for a change: until it asks (or ends), the card of its tick stays open for it. */
  expectChange<T>(work: () => Promise<T>): Promise<T>;
}

export function createSessionPolicy(options: SessionPolicyOptions): SessionPolicy {
  const vault = createVault();
  const redactor = createRedactor(vault);
  const cards = createCards();
  let script: { clock: ScriptClock; onDenied(what: string): void } | undefined;
  let gated: GatedTransport | undefined;
  let resume: Array<() => void> = [];

  /** The running call: its place among the calls, and its way to say that it has asked. */
  const expecting = new AsyncLocalStorage<{ order: number; asked(): void }>();
  let calls = 0;

  const doorkeeper = createGate({
    approver: cards,
    readOnly: options.readOnly,
    interactive: options.interactive,
    newId: options.newId,
    onRequested: approval => {
      cards.open(approval);
      options.emit({ type: 'approval-requested', turn: options.turn(), approval });
    },
    onDecided: (id, decision, by) => {
      const label = cards.close(id);
      if (decision.outcome === 'deny') script?.onDenied(`${label} (${decision.reason})`);
      options.emit({ type: 'approval-decided', turn: options.turn(), id, decision, by });
    },
    onApplied: change => options.emit({ type: 'change-applied', turn: options.turn(), change }),
    clock: {
      pause: () => {
        resume = [options.pause(), script?.clock.pauseWall() ?? (() => {})];
      },
      resume: () => {
        for (const go of resume.splice(0)) go();
      },
    },
  });

  const gate: Gate = {
    ...doorkeeper,
    submit: submission => {
      const call = expecting.getStore();
      const submitted = doorkeeper.submit({ ...submission, order: call?.order });
      call?.asked();
      return submitted;
    },
  };

  return {
    secrets: signal => createSecretDesk({ vault, gate, signal }),
    gate: transport => {
      gated = gateTransport({ transport, gate, redactor, readOnly: options.readOnly });
      return gated;
    },
    approve: async (requests, signal) => {
      if (!gated) throw new KvError('cluster-unreachable', 'This session has no cluster.');
      await gated.approve(requests, signal);
    },
    decide: cards.answer,
    grants: () => gate.grants(),
    revoke: grant => gate.revoke(grant),
    redactText: text => redactor.redactText(text),
    redactResult: value => redactor.redactResult(value),
    resolveArgs: (value, capability) => redactor.resolve(value, capability),
    scriptClock: onDenied => {
      const clock = createScriptClock();
      script = { clock, onDenied };
      return clock;
    },
    expectChange: async work => {
      const release = doorkeeper.hold();
      try {
        return await expecting.run({ order: calls++, asked: release }, work);
      } finally {
        release();
      }
    },
  };
}

/**
 * Approval cards that wait for `answer`: the bridge between the gate's question and a front end's key press. The
 * gate asks in the same tick in which it announces a card, so no answer can come before it is waited for.
 */
function createCards() {
  const waiting = new Map<string, (decision: ApprovalDecision) => void>();
  const labels = new Map<string, string>();
  return {
    open: (approval: ApprovalRequest) => {
      const names = approval.changes.map(change => `${change.verb} ${change.kind} ${change.name}`);
      const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
      labels.set(approval.id, names.slice(0, 3).join(', ') + more);
    },
    /** What the card was about; it is forgotten with this. */
    close: (id: string) => {
      const label = labels.get(id) ?? id;
      labels.delete(id);
      waiting.delete(id);
      return label;
    },
    decide: (request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalDecision> =>
      new Promise((resolve, reject) => {
        waiting.set(request.id, resolve);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
    answer: (id: string, decision: ApprovalDecision) => waiting.get(id)?.(decision),
  };
}

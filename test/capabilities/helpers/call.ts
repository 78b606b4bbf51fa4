import type { CapabilityContext } from '../../../src/capabilities/define.ts';
import { k8sCapabilities } from '../../../src/capabilities/k8s/index.ts';
import { stateCapabilities } from '../../../src/capabilities/state/index.ts';
import { createClusterClient, openSnapshot } from '../../../src/cluster/index.ts';
import {
  type ApprovalRequest,
  type Approver,
  createGate,
  createRedactor,
  createSecretDesk,
  createVault,
  gateTransport,
} from '../../../src/policy/index.ts';
import { messageOf } from '../../../src/shared/errors.ts';
import { noTraces } from '../../../src/trace/index.ts';

const fixture = new URL('../../fixtures/small-cluster', import.meta.url).pathname;
/** Shortly after the fixture was captured. */
export const NOW = Date.parse('2026-11-21T04:38:00Z');

/** Capabilities above the real client, gate and redactor on a snapshot, as a session wires them. */
export async function openCalls(
  options: { bundle?: string; namespace?: string; decide?: Approver['decide'] } = {},
) {
  const controller = new AbortController();
  const { signal } = controller;
  const raw = await openSnapshot(options.bundle ?? fixture, { signal, namespace: options.namespace });
  const cards: ApprovalRequest[] = [];
  let id = 0;
  const gate = createGate({
    approver: { decide: options.decide ?? (async () => ({ outcome: 'allow' })) },
    readOnly: () => false,
    interactive: true,
    newId: () => `id${++id}`,
    onRequested: card => cards.push(card),
  });
  const vault = createVault();
  const redactor = createRedactor(vault);
  const transport = gateTransport({ transport: raw, gate, redactor, readOnly: () => false });
  const state = new Map<string, unknown>();
  const progress: string[] = [];
  const context: CapabilityContext = {
    cluster: createClusterClient(transport),
    trace: noTraces,
    namespace: options.namespace ?? 'default',
    signal,
    state: {
      get: key => state.get(key),
      set: (key, value) => void state.set(key, value),
      delete: key => state.delete(key),
      keys: () => [...state.keys()],
    },
    results: { list: () => [], get: () => undefined },
    secrets: createSecretDesk({ vault, gate, signal }),
    redact: value => redactor.redactResult(value),
    now: () => NOW,
    progress: message => void progress.push(message),
    approve: async requests => void (await transport.approve(requests, signal)),
  };
  /** The result as a script gets it: validated against the declared shape, and redacted. */
  const call = async <T = Record<string, unknown>>(
    name: string,
    args: Record<string, unknown> = {},
  ): Promise<T> => {
    const capability = [...k8sCapabilities, ...stateCapabilities].find(item => item.name === name);
    if (!capability) throw new Error(`no capability ${name}`);
    const params = capability.params.parse(redactor.resolve(args, name));
    // Scripts see message and hint as one sentence.
    const result = await capability.run(context, params).catch((error: unknown) => {
      throw new Error(messageOf(error), { cause: error });
    });
    return redactor.redactResult(capability.result.parse(result)) as T;
  };
  return { call, cards, controller, progress };
}

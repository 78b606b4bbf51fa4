import { ApiError } from '../cluster/errors.ts';
import type { ExecResult, ExecTarget } from '../cluster/port.ts';
import type { Transport, TransportRequest, TransportResponse } from '../cluster/transport.ts';
import { type Classified, classify } from './effects.ts';
import { ReadOnlyError } from './errors.ts';
import type { Gate } from './gate.ts';
import { sameIntent } from './pin.ts';
import { labelOf, type Prepared, prepareChange, readLive, repinned } from './prepare.ts';
import type { Redactor } from './redact.ts';
import { visible } from './visible.ts';

/** A request that will be sent later, exactly as written here. */
export type Planned = Pick<TransportRequest, 'method' | 'path' | 'query' | 'body' | 'contentType'>;

export interface GatedTransport extends Transport {
  /**
   * Asks once for several requests that belong together. Each of them then passes exactly once (a 429 leaves it
   * approved, so that it can be tried again) until the signal aborts or the returned function is called.
   */
  approve(requests: readonly Planned[], signal: AbortSignal): Promise<() => void>;
}

export interface GatedTransportOptions {
  transport: Transport;
  gate: Gate;
  /** Hides secret values in what people are shown and sessions keep. */
  redactor: Pick<Redactor, 'redactResult' | 'redactText'>;
  readOnly: () => boolean;
}

/** How often a change is sent again because only status or heartbeats of its object moved meanwhile. */
const REPIN_TRIES = 3;

/**
 * A transport behind which nothing changes without approval: reads pass, every other request waits at its own
 * call until the gate allows it, and is then sent pinned to the object that was shown.
 */
export function gateTransport(options: GatedTransportOptions): GatedTransport {
  const { transport, gate } = options;
  const planned = new Map<string, Prepared[]>();

  const send = async (first: Prepared, signal: AbortSignal): Promise<TransportResponse> => {
    let prepared = first;
    for (let tries = 1; ; tries++) {
      try {
        const response = await transport.request({ ...prepared.request, signal });
        gate.applied(prepared.change);
        return response;
      } catch (error) {
        const next = await afterConflict(error, prepared, signal, tries);
        if (next === undefined) throw error;
        prepared = next;
      }
    }
  };

  /** The same change pinned anew when nothing that a person looked at has moved; rejects when something has. */
  const afterConflict = async (
    error: unknown,
    prepared: Prepared,
    signal: AbortSignal,
    tries: number,
  ): Promise<Prepared | undefined> => {
    if (!(error instanceof ApiError) || prepared.live === undefined) return undefined;
    // A failed test operation of a JSON patch is answered with 422.
    if (error.statusCode !== 409 && !(Array.isArray(prepared.original.body) && error.statusCode === 422)) {
      return undefined;
    }
    const live = await readLive(transport, prepared.original, prepared.what, signal);
    if (live.object !== undefined && versionOf(live.object) === versionOf(prepared.live)) return undefined;
    if (live.object !== undefined && sameIntent(prepared.live, live.object)) {
      return tries >= REPIN_TRIES ? undefined : repinned(prepared, live.object);
    }
    throw new ApiError(409, error.status, {
      message: `${labelOf(prepared.change)} was not sent: the object has ${live.object ? 'changed' : 'gone'} since it was approved.`,
      hint: 'Read it again and ask again.',
    });
  };

  const ask = async (request: TransportRequest, what: Classified): Promise<TransportResponse> => {
    if (options.readOnly()) throw new ReadOnlyError(labelOf(what));
    let prepared: Prepared | undefined;
    await gate.submit({
      label: labelOf(what),
      signal: request.signal,
      prepare: async () => {
        prepared = await prepareChange(request, what, { ...options, preview: true });
        return [prepared.change];
      },
    });
    return send(prepared!, request.signal);
  };

  const sendPlanned = async (key: string, signal: AbortSignal): Promise<TransportResponse | undefined> => {
    const prepared = planned.get(key)?.shift();
    if (!prepared) return undefined;
    try {
      if (options.readOnly()) throw new ReadOnlyError(labelOf(prepared.change));
      return await send(prepared, signal);
    } catch (error) {
      if (error instanceof ApiError && error.statusCode === 429) planned.get(key)?.unshift(prepared);
      throw error;
    }
  };

  const request = async (wanted: TransportRequest): Promise<TransportResponse> => {
    const what = classify(wanted.method, wanted.path, wanted.query, wanted.body, wanted.contentType);
    if (what.effect === 'read') return transport.request(wanted);
    // What waits for a person must be what is sent, whatever the caller does to its objects meanwhile.
    const frozen = { ...wanted, query: { ...wanted.query }, body: structuredClone(wanted.body) };
    return (await sendPlanned(keyOf(frozen), frozen.signal)) ?? ask(frozen, what);
  };

  const gated: GatedTransport = {
    info: transport.info,
    request,
    close: () => transport.close(),
    async approve(requests, signal) {
      let prepared: Prepared[] = [];
      if (options.readOnly()) throw new ReadOnlyError(`a plan of ${requests.length} changes`);
      await gate.submit({
        label: `a plan of ${requests.length} changes`,
        signal,
        prepare: async () => {
          prepared = await Promise.all(
            requests.map(item => {
              const wanted = { ...item, query: { ...item.query }, body: structuredClone(item.body), signal };
              const what = classify(item.method, item.path, item.query, item.body, item.contentType);
              return prepareChange(wanted, what, { ...options, preview: what.verb !== 'evict' });
            }),
          );
          return prepared.map(item => item.change);
        },
      });
      for (const item of prepared) {
        const key = keyOf(item.original);
        planned.set(key, [...(planned.get(key) ?? []), item]);
      }
      const drop = () => {
        for (const [key, list] of planned) {
          const kept = list.filter(item => !prepared.includes(item));
          if (kept.length > 0) planned.set(key, kept);
          else planned.delete(key);
        }
      };
      signal.addEventListener('abort', drop, { once: true });
      return drop;
    },
  };
  if (transport.exec) gated.exec = gatedExec(options);
  return gated;
}

function gatedExec({ transport, gate, redactor, readOnly }: GatedTransportOptions) {
  return async (target: ExecTarget, signal: AbortSignal): Promise<ExecResult> => {
    const frozen = structuredClone(target);
    const label = `exec Pod ${frozen.namespace}/${frozen.pod}`;
    if (readOnly()) throw new ReadOnlyError(label);
    const query: Record<string, string> = { command: redactor.redactText(commandLine(frozen.command)) };
    if (frozen.container !== undefined) query.container = frozen.container;
    const [change] = await gate.submit({
      label,
      signal,
      prepare: async () => [
        visible({
          id: gate.newId(),
          effect: 'exec' as const,
          verb: 'exec',
          kind: 'Pod',
          namespace: frozen.namespace,
          name: frozen.pod,
          request: {
            method: 'POST' as const,
            path: `/api/v1/namespaces/${frozen.namespace}/pods/${frozen.pod}/exec`,
            query,
          },
          note: `Runs: ${query.command}\nWhat a command does inside a container cannot be shown beforehand.`,
        }),
      ],
    });
    const result = await transport.exec!(frozen, signal);
    gate.applied(change!);
    return result;
  };
}

/** As a shell would need it written, so that it shows where arguments begin and end. */
function commandLine(command: readonly string[]): string {
  return command
    .map(part => (/^[\w@%+=:,./-]+$/.test(part) ? part : `'${part.replaceAll("'", "'\\''")}'`))
    .join(' ');
}

function keyOf(request: Planned): string {
  const query = Object.entries(request.query ?? {}).filter(([, value]) => value !== undefined);
  return JSON.stringify([
    request.method,
    request.path,
    query.sort(),
    request.contentType ?? '',
    request.body ?? null,
  ]);
}

function versionOf(object: Record<string, unknown>): unknown {
  return (object.metadata as { resourceVersion?: unknown } | undefined)?.resourceVersion;
}

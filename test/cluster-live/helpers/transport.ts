import { expect } from 'vitest';
import {
  createClusterClient,
  createLiveTransport,
  type LiveTransportOptions,
} from '../../../src/cluster/index.ts';
import type { ClusterClient } from '../../../src/cluster/port.ts';
import type { Transport } from '../../../src/cluster/transport.ts';
import { KvError } from '../../../src/shared/errors.ts';
import { SleepingClock } from './clock.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { TestServer } from './server.ts';

export const never = new AbortController().signal;

export interface Connected extends AsyncDisposable {
  transport: Transport;
  client: ClusterClient;
  clock: SleepingClock;
}

/** A live transport and client to a plain HTTP test server, with sleeping time and the full jitter each time. */
export async function connect(
  server: TestServer,
  options: Partial<LiveTransportOptions> = {},
): Promise<Connected> {
  const clock = new SleepingClock();
  const transport = await createLiveTransport({
    kubeconfig: options.kubeconfig ?? writeKubeconfig({ server: server.url, namespace: 'shop' }),
    signal: never,
    clock,
    random: () => 1,
    env: {},
    ...options,
  });
  const client = createClusterClient(transport, { clock, random: () => 1 });
  return { transport, client, clock, [Symbol.asyncDispose]: () => transport.close() };
}

/** The sentence of the KvError that `work` rejects with. */
export async function sentenceOf(work: Promise<unknown>): Promise<string> {
  return (await errorOf(work)).sentence;
}

export async function errorOf(work: Promise<unknown>): Promise<KvError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KvError);
  return error as KvError;
}

import { spawn } from 'node:child_process';
import { createLiveTransport, openSnapshot } from '../../cluster/index.ts';
import type { Transport } from '../../cluster/transport.ts';
import { KvError } from '../../shared/errors.ts';
import { oneLine } from '../../shared/text.ts';
import type { BenchScenario, ScenarioCluster } from '../scenario.ts';
import { Random } from '../scenarios/generated/random.ts';

/** The cluster of one run. */
export interface RunCluster {
  transport: Transport;
  /** Undoes what the run needed; resolves to what went wrong with it. The transport is closed by its session. */
  end(): Promise<string[]>;
}

/** Setup and teardown may start whole applications. */
const COMMAND_MS = 10 * 60_000;
const SETUP_HINT = 'Run the command by hand in the folder of the scenario file to see what it says.';

/**
 * Opens a scenario's cluster afresh: a snapshot without the writes of earlier runs, whose clock stands at its
 * capture so that a replay sends the same requests; or a live cluster after its setup. `directory` is where the
 * commands of live clusters run; paths of snapshots are absolute by now.
 */
export async function openRunCluster(
  scenario: Pick<BenchScenario, 'cluster' | 'namespace'>,
  options: { directory: string; env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<RunCluster> {
  const { cluster, namespace } = scenario;
  const { signal } = options;
  if ('snapshot' in cluster) {
    let capturedAt = 0;
    const random = new Random(1);
    const transport = await openSnapshot(cluster.snapshot, {
      signal,
      namespace,
      now: () => capturedAt,
      random: () => random.next(),
    });
    capturedAt = transport.capturedAt;
    return { transport, end: async () => [] };
  }
  await command(cluster.setup, cluster, options, 'setup');
  const transport = await createLiveTransport({
    kubeconfig: cluster.kubeconfig,
    context: cluster.context,
    namespace,
    signal,
  });
  return {
    transport,
    end: async () => {
      try {
        await command(
          cluster.teardown,
          cluster,
          { ...options, signal: AbortSignal.timeout(COMMAND_MS) },
          'teardown',
        );
        return [];
      } catch (error) {
        return [(error as Error).message];
      }
    },
  };
}

async function command(
  text: string | undefined,
  cluster: Exclude<ScenarioCluster, { snapshot: string }>,
  options: { directory: string; env: NodeJS.ProcessEnv; signal: AbortSignal },
  what: 'setup' | 'teardown',
): Promise<void> {
  if (text === undefined) return;
  const env = cluster.kubeconfig ? { ...options.env, KUBECONFIG: cluster.kubeconfig } : options.env;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(COMMAND_MS)]);
  const child = spawn('/bin/sh', ['-c', text], {
    cwd: options.directory,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said = `${said}${chunk}`.slice(-2_000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code === 0) return;
  const last = oneLine(said, 300);
  throw new KvError(
    'failed',
    `The scenario's ${what} command ended with code ${code}${last && `: ${last}`}.`,
    {
      hint: SETUP_HINT,
    },
  );
}

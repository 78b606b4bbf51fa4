import { fork } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { createLiveTransport } from '../../src/cluster/index.ts';
import { openTestSession } from '../helpers/session.ts';
import { CLUSTER_NOW } from './scale-faults.ts';

export interface ScaleDiagnosis {
  ms: number;
  /** The most memory the process ever had resident, in MB (10^6 bytes). */
  maxRssMb: number;
  summary: string;
  /** Each finding as JSON. */
  findings: string[];
  error?: string;
}

/** kv in a process of its own: one session asks `diagnose.cluster` of the cluster that a kubeconfig names. */
export async function diagnoseInProcess(kubeconfig: string): Promise<ScaleDiagnosis> {
  const child = fork(fileURLToPath(import.meta.url), ['diagnose', kubeconfig]);
  const [result] = (await once(child, 'message')) as [ScaleDiagnosis];
  if (child.exitCode === null) await once(child, 'exit');
  return result;
}

async function diagnose(kubeconfig: string): Promise<ScaleDiagnosis> {
  const transport = await createLiveTransport({ kubeconfig, signal: AbortSignal.timeout(10_000) });
  const script = '```ts\nreturn await diagnose.cluster({ limit: 200 });\n```';
  const session = await openTestSession(transport, [script, 'Done.'], { now: () => CLUSTER_NOW });
  const started = performance.now();
  const asked = await session.controller.ask('What is wrong in the cluster?');
  const ms = performance.now() - started;
  await session.controller.close();
  const call = session.calls.find(entry => entry.name === 'diagnose.cluster');
  const found = JSON.parse(call?.ok ? call.result : '{}') as { summary?: string; findings?: unknown[] };
  return {
    ms,
    maxRssMb: (process.resourceUsage().maxRSS * 1024) / 1e6,
    summary: found.summary ?? '',
    findings: (found.findings ?? []).map(finding => JSON.stringify(finding)),
    ...(call?.ok ? {} : { error: call?.error ?? JSON.stringify(asked) }),
  };
}

if (process.argv[2] === 'diagnose') {
  process.send!(await diagnose(process.argv[3]!), () => process.disconnect());
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CapabilityContext } from '../../src/capabilities/define.ts';
import { diagnoseCluster } from '../../src/capabilities/diagnose/run.ts';
import { createClusterClient, createLiveTransport } from '../../src/cluster/index.ts';
import type { Transport } from '../../src/cluster/transport.ts';
import { type ScaleCluster, serveScaleCluster } from '../bench/scale-cluster.ts';
import { CLUSTER_NOW, faultsOf } from '../bench/scale-faults.ts';

const SHAPE = { nodes: 200, pods: 6_000, faults: 20 };

let cluster: ScaleCluster;
let transport: Transport;
let folder: string;

beforeAll(async () => {
  cluster = await serveScaleCluster(SHAPE);
  folder = mkdtempSync(join(tmpdir(), 'kv-scale-'));
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, cluster.kubeconfig);
  transport = await createLiveTransport({ kubeconfig, signal: AbortSignal.timeout(10_000) });
});
afterAll(async () => {
  await transport.close();
  await cluster.close();
  rmSync(folder, { recursive: true });
});

function context(): CapabilityContext {
  const partial: Partial<CapabilityContext> = {
    cluster: createClusterClient(transport),
    namespace: 'default',
    signal: AbortSignal.timeout(60_000),
    now: () => CLUSTER_NOW,
    progress: () => {},
    redact: value => value,
  };
  return partial as CapabilityContext;
}

it('finds every planted fault among thousands of pods that are well, and nothing else', async () => {
  const { findings } = await diagnoseCluster(context(), 200);
  const texts = findings.map(finding => JSON.stringify(finding));
  const missed = faultsOf(SHAPE).filter(
    fault => !texts.some(text => fault.names.every(name => text.includes(name))),
  );
  expect(missed.map(fault => fault.names)).toEqual([]);
  expect(findings).toHaveLength(SHAPE.faults);
});

it('says nothing of a pod on a node that is down but once, with the node', async () => {
  const { findings } = await diagnoseCluster(context(), 200);
  const [node] = findings.filter(finding => finding.mode === 'node-not-ready');
  expect(node?.affected.length).toBeGreaterThan(5);
  expect(findings.filter(finding => finding.mode === 'pod-not-ready')).toEqual([]);
});

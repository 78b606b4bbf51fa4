// npm run bench:scale — a whole cluster diagnosed: what it costs against downloading its lists alone.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figure } from './figure.ts';
import { serveScaleCluster } from './scale-cluster.ts';
import { diagnoseInProcess } from './scale-diagnosis.ts';
import { downloadLists } from './scale-download.ts';
import { faultsOf } from './scale-faults.ts';
import type { Shape } from './scale-objects.ts';

const [nodes = 5_000, pods = 150_000, faults = 40] = process.argv.slice(2).map(Number);
const shape: Shape = { nodes, pods, faults };
const directory = mkdtempSync(join(tmpdir(), 'kv-scale-'));
const kubeconfig = join(directory, 'config');
const cluster = await serveScaleCluster(shape);
try {
  writeFileSync(kubeconfig, cluster.kubeconfig);
  // Once before anything is timed, so that the server's code is warm for all.
  await downloadLists(cluster.url, 'read');
  const read = await downloadLists(cluster.url, 'read');
  const parsed = await downloadLists(cluster.url, 'parse');
  const found = await diagnoseInProcess(kubeconfig);
  if (found.error) throw new Error(found.error);
  const missed = faultsOf(shape).filter(
    fault => !found.findings.some(text => fault.names.every(name => text.includes(name))),
  );
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const rows: Figure[] = [
    ...[
      { what: 'diagnose.cluster, against reading the bodies', reference: read },
      { what: 'diagnose.cluster, against reading and JSON.parse', reference: parsed },
    ].map(({ what, reference }) => ({
      what,
      measured: seconds(found.ms),
      reference: `${seconds(reference.ms)} for ${(reference.bytes / 1e6).toFixed(0)} MB`,
      ratio: (found.ms / reference.ms).toFixed(2),
      target: '≤ 3',
    })),
    {
      what: 'memory of kv at its most',
      measured: `${found.maxRssMb.toFixed(0)} MB`,
      reference: '700 MB',
      ratio: (found.maxRssMb / 700).toFixed(2),
      target: '≤ 1',
    },
    {
      what: 'planted faults named',
      measured: String(faults - missed.length),
      reference: String(faults),
      ratio: ((faults - missed.length) / faults).toFixed(2),
      target: '1',
    },
    {
      what: 'findings, all told',
      measured: String(found.findings.length),
      reference: String(faults),
      ratio: (found.findings.length / faults).toFixed(2),
      target: '≤ 1.5',
    },
  ];
  process.stdout.write(`${nodes} nodes, ${pods} pods, ${faults} faults; ${found.summary.slice(0, 200)}\n`);
  console.table(rows);
  for (const fault of missed) process.stdout.write(`missed: ${fault.names.join(', ')}\n`);
} finally {
  await cluster.close();
  rmSync(directory, { recursive: true });
}

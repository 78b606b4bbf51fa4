// npm run bench:core — kv's basic costs, each as a ratio to a reference measured in the same run.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { demoSnapshot } from '../../src/bench/scenarios/index.ts';
import { createClusterClient, createLiveTransport } from '../../src/cluster/index.ts';
import { Terminal } from '../helpers/terminal.ts';
import type { Figure } from './figure.ts';
import { servePods } from './pod-server.ts';
import { sandboxFigures } from './sandbox-figures.ts';

const rows: Figure[] = [];
const kv = resolve('bin/kv.js');
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const ms = (value: number) => `${value.toFixed(1)} ms`;

function timeOf(args: string[], runs = 15): number {
  const times = Array.from({ length: runs }, () => {
    const started = performance.now();
    execFileSync(process.execPath, args, { stdio: 'ignore' });
    return performance.now() - started;
  });
  return median(times);
}

async function firstFrame(snapshot: string, home: string): Promise<number> {
  const started = performance.now();
  await using terminal = Terminal.start(
    process.execPath,
    [kv, '--snapshot', snapshot, '--model', 'offline'],
    {
      columns: 100,
      rows: 30,
      env: { HOME: home, PATH: process.env.PATH ?? '' },
    },
  );
  await terminal.waitFor(() => terminal.lines().join('').trim() !== '');
  const took = performance.now() - started;
  return took;
}

async function listing(): Promise<void> {
  const server = await servePods(5_000);
  const directory = mkdtempSync(join(tmpdir(), 'kv-bench-'));
  const kubeconfig = join(directory, 'config');
  writeFileSync(kubeconfig, server.kubeconfig);
  const signal = AbortSignal.timeout(300_000);
  const transport = await createLiveTransport({ kubeconfig, signal, qps: 100_000, burst: 100_000 });
  const client = createClusterClient(transport);
  await client.resolve('Pod', signal);
  const plain = async () => {
    let next = '';
    let count = 0;
    do {
      const response = await fetch(`${server.url}/api/v1/pods?limit=500${next ? `&continue=${next}` : ''}`);
      const page = JSON.parse(await response.text()) as { metadata: { continue?: string }; items: unknown[] };
      count += page.items.length;
      next = page.metadata.continue ?? '';
    } while (next);
    return count;
  };
  const selected = async () => {
    let count = 0;
    for await (const _ of client.list(
      { kind: 'Pod', namespace: '*', fields: ['metadata.name', 'status.phase'] },
      signal,
    ))
      count += 1;
    return count;
  };
  const times = { plain: [] as number[], selected: [] as number[] };
  for (let i = 0; i < 7; i++) {
    for (const [name, work] of [
      ['plain', plain],
      ['selected', selected],
    ] as const) {
      const started = performance.now();
      if ((await work()) !== 5_000) throw new Error('the list is not whole');
      if (i > 0) times[name].push(performance.now() - started);
    }
  }
  const [list, reference] = [median(times.selected), median(times.plain)];
  rows.push({
    what: 'k8s.list of 5,000 pods, two fields each',
    measured: ms(list),
    reference: `${ms(reference)} fetch + JSON.parse`,
    ratio: (list / reference).toFixed(2),
    target: '≤ 1.5',
  });
  await server.resize(50_000);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  let count = 0;
  for await (const _ of client.list(
    { kind: 'Pod', namespace: '*', fields: ['metadata.name', 'status.phase'] },
    signal,
  )) {
    count += 1;
    if (count % 500 === 0) peak = Math.max(peak, process.memoryUsage().rss);
  }
  rows.push({
    what: `k8s.list of ${count.toLocaleString('en')} pods: RSS growth`,
    measured: `${Math.round((peak - before) / 1e6)} MB`,
    reference: '',
    ratio: '',
    target: '≤ 300 MB',
  });
  await client.close();
  await server.close();
}

const home = mkdtempSync(join(tmpdir(), 'kv-bench-home-'));
const empty = timeOf(['-e', '0']);
const version = timeOf([kv, '--version']);
rows.push({
  what: 'kv --version',
  measured: ms(version),
  reference: `${ms(empty)} node -e 0`,
  ratio: (version / empty).toFixed(2),
  target: '≤ 2.5',
});
const snapshot = await demoSnapshot(join(home, 'cache'), () => {});
const frames = [];
for (let i = 0; i < 7; i++) frames.push(await firstFrame(snapshot, home));
const frame = median(frames);
rows.push({
  what: 'first frame of the UI',
  measured: ms(frame),
  reference: `${ms(empty)} node -e 0`,
  ratio: (frame / empty).toFixed(2),
  target: '≤ 8',
});
rows.push(...(await sandboxFigures()));
await listing();

console.table(Object.fromEntries(rows.map(({ what, ...row }) => [what, row])));

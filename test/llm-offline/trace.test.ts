import { afterEach, describe, expect, it } from 'vitest';
import { capabilitiesFor } from '../../src/agent/capabilities.ts';
import type { SessionController } from '../../src/agent/controller.ts';
import { createOfflineModel } from '../../src/llm/offline/index.ts';
import { openTraces } from '../../src/trace/index.ts';
import { writeBundle } from '../helpers/bundle.ts';
import { openTestSession } from '../helpers/session.ts';
import { MAIN, type Planted, plantFile, usualLaunches, WATCHED } from '../trace/planted.ts';

const EMPTY = writeBundle([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ml' } }]);
const open: SessionController[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(controller => controller.close()));
});

/** What the offline model reports; every quote and name of it must be found in what its script's calls returned. */
async function ask(question: string, files: string[], bundle?: string) {
  const session = await openTestSession(bundle ?? EMPTY, [], {
    ...(bundle === undefined ? { transport: undefined } : {}),
    model: createOfflineModel(),
    traces: await openTraces(files),
    capabilities: capabilitiesFor({ cluster: bundle !== undefined, trace: true }),
  });
  open.push(session.controller);
  await session.controller.ask(question);
  const scripts = session.of('script-finished');
  expect(
    scripts.map(script => script.ok),
    JSON.stringify(scripts),
  ).toEqual([true]);
  const [told] = session.of('report');
  const { report } = told!;
  expect([...report.evidence, ...report.affected].filter(item => !item.verified)).toEqual([]);
  return report;
}

const traced = (planted: Planted) => [plantFile(planted)];

/** One launch of 20 ms, ready to run for 18 of them while another process had the CPU. */
const CONTENDED: Planted = {
  calls: [...usualLaunches(), { fn: 'cudaLaunchKernel', at: 100, ms: 20 }],
  switches: [...WATCHED, { at: 101, ms: 18, state: 'R', runnableMs: 18, next: 7, last: 7 }],
  processes: { [MAIN]: 'train', 7: 'backup' },
};

/** The same, and no other had the CPU. */
const HELD: Planted = {
  ...CONTENDED,
  switches: [...WATCHED, { at: 101, ms: 18, state: 'R', runnableMs: 18, next: 0, last: 0 }],
};

const repeat = <T>(count: number, of: (at: number) => T[]) =>
  Array.from({ length: count }, (_, at) => of(at)).flat();

const SYNCS: Planted = {
  calls: repeat(200, at => [
    { fn: 'cudaLaunchKernel', at: at * 5, ms: 0.01 },
    { fn: 'cudaStreamSynchronize', at: at * 5 + 1, ms: 3 },
  ]),
};

const KILLED: Planted = {
  calls: usualLaunches(),
  events: [{ kind: 'oom-kill', at: 1_000, pid: MAIN, other: 9, size: 12_000_000_000 }],
  processes: { [MAIN]: 'train', 9: 'loader' },
};

const LEAKING: Planted = {
  calls: [
    ...usualLaunches(),
    ...repeat(40, at => [{ fn: 'cudaMalloc', at: at * 25, ms: 0.1, bytes: 8 << 20, stack: ['grow_cache'] }]),
  ],
};

const LAUNCHES: Planted = {
  calls: usualLaunches(2),
  aggregates: [{ fn: 'cudaLaunchKernel', second: 1, count: 40_000, stored: 2, totalMs: 240 }],
  endedMs: 3_000,
};

it.each<[question: string, planted: Planted, answer: RegExp, advice: RegExp]>([
  [
    'which CUDA calls are slow and why?',
    CONTENDED,
    /ready to run for 18 ms.*backup \(pid 7\) ran/,
    /CPUs of its own/,
  ],
  ['is it CPU contention?', CONTENDED, /backup \(pid 7\) ran/, /CPUs of its own/],
  ['why is cudaLaunchKernel slow?', HELD, /a CPU quota/, /CPU limit/],
  ['does it synchronize too often?', SYNCS, /waits for the GPU in a hot loop/, /\.item\(\)/],
  ['why was the process killed?', KILLED, /kernel killed train.*12 GB/, /memory limit of the container/],
  ['is there a memory leak?', LEAKING, /were never freed.*a leak/, /grow_cache/],
  ['who allocates?', LEAKING, /in grow_cache/, /grow_cache/],
  ['is it launch bound?', LAUNCHES, /bound by launching.*40,000 launches a second/, /CUDA graph/],
  ['which function calls cudaMalloc?', LEAKING, /cudaMalloc: called from: grow_cache/, /^$/],
  [
    'what is the main thread doing at 0.1s?',
    CONTENDED,
    /cudaLaunchKernel 20\.\d ms \(51×.*ready without a CPU 18/,
    /CPUs/,
  ],
])('finds what was planted: %s', async (question, planted, answer, advice) => {
  const report = await ask(question, traced(planted));
  expect(report).toMatchObject({ verdict: 'cause-found', rootCause: expect.stringMatching(answer) });
  expect(report.remediation.join(' ')).toMatch(advice);
});

it.each<[question: string, answer: RegExp]>([
  ['CPU 경합 때문인가요?', /^CPU 경합 때문에 느렸습니다\. One cudaLaunchKernel of train/],
  ['어떤 CUDA 호출이 느린가요?', /^CPU 경합 때문에/],
  ['어떤 프로세스가 GPU를 쓰나요?', /^CUDA를 호출하는 프로세스.*train/],
  ['복사가 느린가요?', /트레이스에 복사가 없습니다/],
])('speaks Korean where it is asked in Korean: %s', async (question, answer) => {
  expect((await ask(question, traced(CONTENDED))).rootCause).toMatch(answer);
});

it.each<[question: string, planted: Planted, verdict: string, answer: RegExp]>([
  ['is it CPU contention?', SYNCS, 'inconclusive', /no switches of threads were recorded/],
  ['which rank is late?', CONTENDED, 'inconclusive', /no NCCL collectives/],
  ['why was the process killed?', CONTENDED, 'inconclusive', /no events of the kernel/],
  ['which function calls cudaLaunchKernel?', CONTENDED, 'inconclusive', /no stacks were recorded/],
  ['why is the GPU idle?', { calls: [] }, 'inconclusive', /no CUDA call/],
  ['is it launch bound?', CONTENDED, 'healthy', /^No:/],
  ['is a disk to blame?', CONTENDED, 'healthy', /No slow call waited for a disk/],
  [
    'why was the process killed?',
    { ...CONTENDED, events: [{ kind: 'page-fault', at: 1 }] },
    'healthy',
    /no kill/,
  ],
])(
  'says when there is nothing, and when the data does not say: %s (%#)',
  async (question, planted, verdict, answer) => {
    const report = await ask(question, traced(planted));
    expect(report).toMatchObject({ verdict, rootCause: expect.stringMatching(answer) });
    if (verdict === 'inconclusive') expect(report.remediation.join()).toContain('sudo kv trace --cuda');
  },
);

it('compares two traces, and finds the late rank among them', async () => {
  const slower = { ...CONTENDED, calls: usualLaunches().map(call => ({ ...call, ms: 0.03 })) };
  const report = await ask('compare the two', [plantFile({ calls: usualLaunches() }), plantFile(slower)]);
  expect(report.rootCause).toMatch(/cudaLaunchKernel: p50 0\.01 → 0\.03 ms \(×3\)/);
  const rank = (late: number): Planted => ({
    calls: repeat(20, at => [
      { fn: 'ncclAllReduce', at: at * 50 + late, ms: 20 - late, bytes: 1 << 20, comm: 1 },
    ]),
    processes: { [MAIN]: `rank${late}` },
  });
  const late = await ask('which rank is late?', [plantFile(rank(0)), plantFile(rank(10))]);
  expect(late.rootCause).toMatch(/^rank10 .*is the straggler/);
});

describe('beside a cluster', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'train-0', namespace: 'ml', uid: '5b2c1f0e-0000-4000-8000-000000000001' },
    spec: {
      nodeName: 'gpu-node-1',
      containers: [
        { name: 'sidecar', image: 'proxy' },
        { name: 'main', image: 'train', resources: { limits: { cpu: '500m' } } },
      ],
    },
    status: {
      phase: 'Running',
      containerStatuses: [
        { name: 'main', containerID: `containerd://0123456789ab${'c'.repeat(52)}` },
        { name: 'sidecar', containerID: `containerd://${'d'.repeat(64)}` },
      ],
    },
  };
  const cluster = writeBundle([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ml' } }, pod]);

  it.each<[how: string, place: NonNullable<Planted['places']>[number]]>([
    ['its name', { namespace: 'ml', pod: 'train-0', container: 'main' }],
    ['the first digits of its container', { container: '0123456789ab' }],
    ['its uid', { pod: pod.metadata.uid, container: '0123456789ab' }],
  ])('names the pod by %s, its node, and the CPU limit that holds it', async (_, place) => {
    const held = await ask(
      'why are CUDA calls slow?',
      traced({ ...HELD, places: { [MAIN]: place } }),
      cluster,
    );
    expect(held.rootCause).toMatch(
      /a CPU quota.*train \(pid 100\) runs in Pod ml\/train-0 on node gpu-node-1, CPU limit 500m/,
    );
    expect(held.remediation[0]).toMatch(/^Raise or remove the CPU limit of 500m of Pod ml\/train-0/);
    const users = await ask(
      'which pod uses the GPU?',
      traced({ ...HELD, places: { [MAIN]: place } }),
      cluster,
    );
    expect(users.rootCause).toMatch(/train \(pid 100, Pod ml\/train-0 on node gpu-node-1\)/);
    expect(users.affected.map(({ ref }) => ref)).toContain('Pod ml/train-0');
  });

  it('says that the pod is gone, and leaves questions about pods to the cluster', async () => {
    const places = { [MAIN]: { namespace: 'ml', pod: 'train-9', container: 'main' } };
    const gone = await ask('which pod uses the GPU?', traced({ ...HELD, places }), cluster);
    expect(gone.rootCause).toContain('train-9 (not in the cluster any more)');
    const pods = await ask('is anything wrong in namespace ml?', traced(HELD), cluster);
    expect(pods.rootCause).not.toMatch(/cuda/i);
  });
});

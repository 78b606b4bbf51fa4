import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Policy } from '../../../src/bench/policy.ts';
import { runScripted } from '../../bench-runner/harness.ts';
import { getJson } from '../plane/parts/kubectl.ts';
import { waitFor } from '../plane/wait.ts';
import { kubectl, newNamespace, plane } from '../support/plane.ts';
import { runKv, startKv } from '../support/run-kv.ts';
import { incidents } from '../workloads/incidents.ts';
import { simulated } from '../workloads/manifests.ts';

/** Looks up, then scales, whichever road it is on. */
const SCALING: Policy = {
  code: () =>
    `I scale it.\n\`\`\`ts\nconst { spec } = await k8s.get({ kind: 'Deployment', name: 'web' });
await k8s.scale({ name: 'web', replicas: spec.replicas + 2 });
const now = await k8s.get({ kind: 'Deployment', name: 'web' });
return finish(\`web has \${now.spec.replicas} replicas.\`);\n\`\`\``,
  tools: ({ index, results }) => {
    const get = { name: 'k8s.get', input: { kind: 'Deployment', name: 'web' } };
    const replicas = Number(/replicas: (\d+)/.exec(results[0] ?? '')?.[1]);
    if (index === 0 || index === 2) return { text: '', calls: [get] };
    if (index === 1) {
      return { text: '', calls: [{ name: 'k8s.scale', input: { name: 'web', replicas: replicas + 2 } }] };
    }
    return { text: `web has ${replicas} replicas.` };
  },
};

describe('kv bench on a live cluster', () => {
  let namespace: string;
  let folder: string;
  /** Appends a word to a file that tells afterwards which commands were run. */
  const note = (word: string) => `echo ${word} >> log`;
  const noted = async () => (await readFile(join(folder, 'log'), 'utf8').catch(() => '')).trim().split('\n');
  const objects = async () => {
    const { items } = await getJson<{ items: Array<{ kind: string }> }>(
      kubectl(),
      'deploy,cm',
      '-n',
      namespace,
    );
    return items.filter(item => item.kind === 'Deployment').length;
  };
  const env = () => ({ PATH: `${dirname(plane().binaries.kubectl)}:${process.env['PATH']}` });
  const up = (file: string) => `${note('setup')} && kubectl apply -n ${namespace} -f ${file}`;
  const down = (file: string) =>
    `kubectl delete -n ${namespace} -f ${file} --wait=false && ${note('teardown')}`;
  /** A scenario file beside the manifests, about the context `plane` of a kubeconfig whose current one is another. */
  const scenarioFile = async (parts: Record<string, unknown>, cluster: Record<string, unknown>) => {
    const file = join(folder, 'scenario.json');
    const scenario = {
      id: 'pending',
      title: 'A pod that fits on no node',
      question: 'why is analytics pending?',
      namespace,
      cluster: { kubeconfig: 'kubeconfig', context: 'plane', ...cluster },
      expect: ['64 cpu|Insufficient cpu'],
      ...parts,
    };
    await writeFile(file, JSON.stringify(scenario));
    return file;
  };
  const bench = (file: string) => [
    'bench',
    '--scenarios',
    file,
    '--models',
    'offline',
    '--modes',
    'code',
    '--output',
    'json',
  ];
  const run = (file: string) => runKv(bench(file), { kubeconfig: '/nonexistent', env: env() });

  beforeAll(async () => {
    namespace = await newNamespace('bench');
    folder = await mkdtemp(join(tmpdir(), 'kv-bench-live-'));
    const list = (items: object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    await writeFile(join(folder, 'analytics.json'), list(incidents.unschedulable.objects));
    await writeFile(join(folder, 'web.json'), list([simulated('web')]));
    const config = JSON.parse(await readFile(plane().users.admin, 'utf8'));
    config.clusters.push({ name: 'elsewhere', cluster: { server: 'https://127.0.0.1:1' } });
    config.contexts.push({
      name: 'elsewhere',
      context: { cluster: 'elsewhere', user: config.users[0].name },
    });
    config['current-context'] = 'elsewhere';
    await writeFile(join(folder, 'kubeconfig'), JSON.stringify(config), { mode: 0o600 });
  });
  beforeEach(() => rm(join(folder, 'log'), { force: true }));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('sets up what it asks about, in the context that the scenario names, and takes it down', async () => {
    const pending = `kubectl wait -n ${namespace} pod -l app=analytics --for=condition=PodScheduled=false --timeout=30s`;
    const setup = `${up('analytics.json')} && until ${pending}; do sleep 0.2; done`;
    const { code, stdout, stderr } = await run(
      await scenarioFile({}, { setup, teardown: down('analytics.json') }),
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout).runs).toMatchObject([{ scenario: 'pending', correct: true, doubts: [] }]);
    expect(await noted()).toEqual(['setup', 'teardown']);
    expect(await objects()).toBe(0);
  });

  it('takes it down when the answer is wrong', async () => {
    const file = await scenarioFile(
      { expect: ['it is the moon'] },
      { setup: up('web.json'), teardown: down('web.json') },
    );
    expect(await run(file)).toMatchObject({ code: 1 });
    expect(await noted()).toEqual(['setup', 'teardown']);
    expect(await objects()).toBe(0);
  });

  it('takes down what a setup began that fails, and says why', async () => {
    const setup = `${up('web.json')} && echo no room left >&2 && exit 7`;
    const { code, stderr } = await run(await scenarioFile({}, { setup, teardown: down('web.json') }));
    expect(code).toBe(1);
    expect(stderr).toContain('setup command ended with code 7: no room left');
    expect(await noted()).toEqual(['setup', 'teardown']);
    expect(await objects()).toBe(0);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'takes it down when %s comes in the middle of the setup',
    async signal => {
      const setup = `${up('web.json')} && kubectl wait -n ${namespace} deploy/web --for=condition=Never --timeout=100s; ${note('late')}`;
      const file = await scenarioFile({}, { setup, teardown: down('web.json') });
      const kv = await startKv(bench(file), { kubeconfig: '/nonexistent', env: env() });
      await waitFor('the setup to be under way', async () => ((await objects()) > 0 ? true : undefined), {
        timeoutMs: 30_000,
      });
      kv.signal(signal);
      expect(await kv.ended).toMatchObject({ code: 130 });
      expect(await noted()).toEqual(['setup', 'teardown']);
      expect(await objects()).toBe(0);
    },
  );

  it('runs a policy of its own on both roads, each on a cluster that was set up afresh', async () => {
    const scenario = {
      id: 'scale',
      title: 'Two more replicas',
      question: 'scale web up by two',
      kind: 'change' as const,
      namespace,
      cluster: {
        kubeconfig: join(folder, 'kubeconfig'),
        context: 'plane',
        setup: up('web.json'),
        teardown: down('web.json'),
      },
      expect: ['web has 3 replicas'],
      forbid: [],
      approve: true,
      policy: SCALING,
      directory: folder,
    };
    const { results } = await runScripted({
      scenarios: [scenario],
      modes: ['code', 'tools'],
      deps: { env: { ...process.env, ...env() } },
    });
    expect(results).toMatchObject([
      { correct: true, approvals: { allowed: 1, denied: 0 }, doubts: [] },
      { correct: true, approvals: { allowed: 1, denied: 0 }, doubts: [] },
    ]);
    expect(await noted()).toEqual(['setup', 'teardown', 'setup', 'teardown']);
  });
});

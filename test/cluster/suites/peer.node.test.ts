import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { crashCause } from '../../../src/bench/policies/crash-cause.ts';
import type { Policy } from '../../../src/bench/policy.ts';
import { runScripted } from '../../bench-runner/harness.ts';
import { kubernetesMcpServer } from '../plane/cache/peer.ts';
import { apply, succeed } from '../plane/parts/kubectl.ts';
import { progressTo } from '../plane/progress.ts';
import { kubectl, newNamespace, plane } from '../support/plane.ts';
import { runKv } from '../support/run-kv.ts';
import { cause, incidents } from '../workloads/incidents.ts';
import { simulated } from '../workloads/manifests.ts';

const SERVER = 'kubernetes-mcp-server';
const PASSWORD = 'correct-horse-battery-staple';
/** The scenario's policy looks for this workload, there. */
const NAMESPACE = 'pricing';
const OBJECTS = JSON.parse(
  JSON.stringify(incidents.crashLoop.objects).replaceAll('checkout', 'promotions'),
) as object[];

describe('another MCP server on a live cluster', () => {
  let command: string;
  /** A policy of the peer alone: one batch of calls, then the first result is the answer. */
  const asking = (
    calls: Array<{ name: string; input: Record<string, unknown> }>,
    seen: string[] = [],
  ): Policy => ({
    code: () => 'Nothing to do.',
    tools: () => ({ text: 'Nothing to do.' }),
    peers: {
      [SERVER]: ({ index, results }) => {
        seen.push(...results);
        return index === 0 ? { text: '', calls } : { text: results.join('\n') };
      },
    },
  });
  const run = async (policy: Policy, parts: { namespace: string; expect: string[] }) => {
    const { results } = await runScripted({
      scenarios: [
        {
          id: 'peer',
          title: 'By another server',
          question: 'why does promotions crash?',
          kind: 'cause',
          cluster: { kubeconfig: plane().users.admin, context: 'plane' },
          forbid: [],
          policy,
          directory: dirname(command),
          ...parts,
        },
      ],
      modes: ['code', 'tools'],
      peers: { [SERVER]: command },
      deps: { env: process.env },
    });
    const of = (column: string) => results.find(result => result.column === column)!;
    return { code: of('code'), tools: of('tools'), peer: of(SERVER) };
  };

  beforeAll(async () => {
    command = await kubernetesMcpServer(progressTo(line => process.stderr.write(line)));
  });

  it('finds why a pod crashes, with its own tools', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
    await apply(kubectl(), [namespace]);
    await cause(kubectl(), NAMESPACE, { ...incidents.crashLoop, app: 'promotions', objects: OBJECTS });
    const { code, tools, peer } = await run(crashCause, { namespace: NAMESPACE, expect: ['DATABASE_URL'] });
    for (const result of [code, tools, peer]) {
      expect(result).toMatchObject({ status: 'answered', correct: true, doubts: [] });
      expect(result.evidence.grounded).toBe(result.evidence.total);
    }
    expect(code.input).toBeLessThan(peer.input);
  });

  it('lists the pods of the context that the scenario names', async () => {
    const namespace = await newNamespace('peer');
    await apply(kubectl(), [simulated('web')], '-n', namespace);
    await succeed(kubectl(), ['rollout', 'status', 'deploy/web', '-n', namespace, '--timeout=60s']);
    const policy = asking([{ name: 'pods_list', input: {} }]);
    const { peer } = await run(policy, { namespace, expect: [`${namespace} .*web-\\S+ +1/1`] });
    expect(peer).toMatchObject({ correct: true, calls: 1 });
  });

  it('prints Secrets, and the model reads none of their values', async () => {
    const namespace = await newNamespace('peer');
    const literals = [`--from-literal=password=${PASSWORD}`, '--from-literal=note=a plain enough phrase'];
    await succeed(kubectl(), ['create', 'secret', 'generic', 'database', '-n', namespace, ...literals]);
    const seen: string[] = [];
    const get = { apiVersion: 'v1', kind: 'Secret', name: 'database', namespace };
    await run(asking([{ name: 'resources_get', input: get }], seen), { namespace, expect: ['note'] });
    const [text = ''] = seen;
    expect(text).toMatch(/password: ‹secret:password:\d+›/);
    expect(text).toMatch(/note: ‹secret:note:\d+›/);
    for (const value of [PASSWORD, 'a plain enough phrase']) {
      expect(text).not.toContain(value);
      expect(text).not.toContain(btoa(value));
    }
  });

  it('changes what it likes: its tools know no approval, which the command line says', async () => {
    const namespace = await newNamespace('peer');
    const map = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'made', namespace },
      data: { by: 'peer' },
    };
    const policy = asking([{ name: 'resources_create_or_update', input: { resource: JSON.stringify(map) } }]);
    const { peer } = await run(policy, { namespace, expect: ['created or updated'] });
    expect(peer).toMatchObject({ correct: true, approvals: { allowed: 0, denied: 0 } });
    expect(
      await succeed(kubectl(), ['get', 'cm', 'made', '-n', namespace, '-o', 'jsonpath={.data.by}']),
    ).toBe('peer');

    const folder = await mkdtemp(join(tmpdir(), 'kv-peer-'));
    const file = join(folder, 'scenario.json');
    const scenario = {
      id: 'a',
      title: 'A',
      question: 'is web healthy?',
      namespace,
      cluster: { context: 'plane' },
      expect: ['.'],
    };
    await writeFile(file, JSON.stringify(scenario));
    const args = ['bench', '--scenarios', file, '--models', 'offline', '--modes', 'code', '--peer', command];
    const { stderr } = await runKv(args, { kubeconfig: plane().users.admin });
    await rm(folder, { recursive: true });
    expect(stderr).toContain(`What the tools of ${SERVER} change, they change without asking`);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/capabilities/diagnose/types.ts';
import { INCIDENTS } from '../fixtures/incidents/index.ts';
import { writeIncidents } from '../fixtures/incidents/write.ts';
import { openDesk } from '../llm-offline/harness.ts';

interface Result {
  exists: boolean;
  healthy: boolean;
  summary: string;
  findings: Finding[];
  notFoundHint?: string;
}

let root: string;
let desk: Awaited<ReturnType<typeof openDesk>>;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'kv-incidents-'));
  desk = await openDesk(writeIncidents(root, INCIDENTS));
});

afterAll(async () => {
  await desk.close();
  rmSync(root, { recursive: true, force: true });
});

/** Everything the cluster could have returned for an incident, as flat text. */
function sources(name: string): string {
  const incident = INCIDENTS.find(item => item.name === name)!;
  const strings: string[] = Object.values(incident.logs ?? {}).flat();
  const walk = (value: unknown): void => {
    if (typeof value === 'string') strings.push(value);
    else if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, field] of Object.entries(value)) {
        strings.push(`${key}: ${typeof field === 'object' ? JSON.stringify(field) : field}`);
        walk(field);
      }
    } else strings.push(String(value));
  };
  walk(
    INCIDENTS.flatMap(item =>
      item === incident ? item.objects : item.objects.filter(o => !o.metadata.namespace),
    ),
  );
  return `${strings.join('\n')}\nnode-1 node-2 node-3 unschedulable: true key: dedicated local-path memory: 8052876Ki`;
}

describe('diagnose.namespace on hand-written incidents', () => {
  for (const incident of INCIDENTS.filter(item => item.mode !== undefined)) {
    it(`finds ${incident.mode} behind ${incident.name}`, async () => {
      const result = (await desk.call('diagnose.namespace', { namespace: incident.namespace })) as Result;
      expect(result.findings.map(finding => finding.mode)[0]).toBe(incident.mode);
      const text = sources(incident.name);
      for (const proof of result.findings.flatMap(finding => finding.evidence)) {
        expect(text, proof.source).toContain(proof.quote);
      }
    });
  }

  for (const incident of INCIDENTS.filter(item => item.mode === undefined)) {
    it(`finds nothing wrong in ${incident.name}`, async () => {
      const result = (await desk.call('diagnose.namespace', { namespace: incident.namespace })) as Result;
      expect(result.findings.filter(finding => finding.severity !== 'info')).toEqual([]);
      expect(result.healthy).toBe(true);
    });
  }
});

describe('diagnose.object', () => {
  it('names the nearest object when there is none of that name', async () => {
    const result = (await desk.call('diagnose.object', { name: 'chekout', namespace: 'deps' })) as Result;
    expect(result.exists).toBe(false);
    expect(result.summary).toMatch(/does not exist/);
    const near = (await desk.call('diagnose.object', { name: 'order', namespace: 'deps' })) as Result;
    expect(near.summary).toMatch(/orders/);
  });

  it('finds what lives in another namespace and says where', async () => {
    const result = (await desk.call('diagnose.object', { name: 'poller', namespace: 'deps' })) as Result;
    expect(result.exists).toBe(false);
    expect(result.notFoundHint).toContain('live/poller');
  });

  it('says when the namespace itself does not exist', async () => {
    const result = (await desk.call('diagnose.object', {
      name: 'zzz-unknown',
      namespace: 'nowhere',
    })) as Result;
    expect(result.summary).toMatch(/namespace nowhere does not exist/i);
  });

  it('leads from a Service to the pod behind it', async () => {
    const result = (await desk.call('diagnose.object', {
      kind: 'Service',
      name: 'gateway',
      namespace: 'ready',
    })) as Result;
    expect(result.findings[0]?.mode).toBe('readiness-probe');
    expect(result.findings.some(finding => finding.mode === 'service-no-ready-pods')).toBe(true);
  });

  it('tells replicas with the same trouble once', async () => {
    const result = (await desk.call('diagnose.namespace', { namespace: 'ready' })) as Result;
    const probes = result.findings.filter(finding => finding.mode === 'readiness-probe');
    expect(probes).toHaveLength(1);
    expect([probes[0]?.object.name, ...(probes[0]?.affected ?? [])].join()).toMatch(
      /x2x4z.*k8w9q|k8w9q.*x2x4z/,
    );
  });
});

describe('diagnose.cluster', () => {
  // Logs of pods that seem well are read for one object or namespace, not for a whole cluster.
  it('finds the incidents of all namespaces and keeps healthy ones out', async () => {
    const result = (await desk.call('diagnose.cluster', { limit: 500 })) as Result;
    const namespaces = new Set(
      result.findings
        .filter(f => f.severity !== 'info')
        .flatMap(f => [f.object.namespace, ...f.affected.map(ref => /^Pod (.*)\//.exec(ref)?.[1] ?? '')]),
    );
    const missed = INCIDENTS.filter(
      i => i.mode && !/suspended|scaled|app-complaint/.test(i.mode) && !namespaces.has(i.namespace),
    ).map(i => i.name);
    expect(missed).toEqual([]);
    expect(INCIDENTS.filter(i => !i.mode && namespaces.has(i.namespace)).map(i => i.name)).toEqual([]);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { investigate } from '../support/investigate.ts';
import { kubectl, newNamespace, plane } from '../support/plane.ts';
import { runKv } from '../support/run-kv.ts';
import { cause, incidents } from '../workloads/incidents.ts';

describe('kv investigate, end to end', () => {
  let namespace: string;

  beforeAll(async () => {
    namespace = await newNamespace('investigate');
    await Promise.all(Object.values(incidents).map(incident => cause(kubectl(), namespace, incident)));
  });

  it.each([
    ['why is checkout crashing?', /DATABASE_URL/, 'Deployment', 'checkout'],
    ['why does recommender keep restarting?', /OOMKilled|out of memory/i, 'Deployment', 'recommender'],
    ['why does search not start?', /shop\/app:9\.9/, 'Deployment', 'search'],
    ['why is catalog not ready?', /catalog-config/, 'Deployment', 'catalog'],
    ['why is analytics pending?', /64 cpu|Insufficient cpu/i, 'Pod', 'analytics-'],
    ['why does service cart have no endpoints?', /app=shopping-cart/, 'Service', 'cart'],
    ['what is wrong with orders-db?', /fast-ssd/, 'PersistentVolumeClaim', 'orders-data'],
  ])('%s', async (question, cause, kind, name) => {
    const { code, status, report } = await investigate(question, namespace);
    expect({ code, status }).toEqual({ code: 0, status: 'answered' });
    expect(report).toMatchObject({ verdict: 'cause-found' });
    expect(report?.rootCause).toMatch(cause);
    const affected = report?.affected.filter(({ ref }) => ref.startsWith(`${kind} ${namespace}/${name}`));
    expect(affected).toEqual([expect.objectContaining({ verified: true })]);
    expect(report?.evidence.filter(({ verified }) => !verified)).toEqual([]);
    expect(report?.evidence.length).toBeGreaterThan(0);
  });

  it('finds nothing wrong where nothing is', async () => {
    const { code, report } = await investigate('is frontend healthy?', namespace);
    expect(code).toBe(0);
    expect(report).toMatchObject({ verdict: 'healthy' });
  });

  it.each([
    ['expiredToken', /does not accept these credentials \(context plane.*expired or wrong/],
    ['expiredCertificate', /does not accept these credentials \(context plane.*expired or wrong/],
    ['strangeAuthority', /certificate was signed by an unknown authority/],
  ] as const)('ends with one sentence for %s', async (user, sentence) => {
    const args = ['investigate', 'why is checkout crashing?', '-n', namespace, '--output', 'json'];
    const { code, stderr } = await runKv(args, { kubeconfig: plane().users[user] });
    expect(code).toBe(3);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('says what it was not allowed to see', async () => {
    const { report, answer } = await investigate('why is checkout crashing?', namespace, {
      kubeconfig: plane().users.reader,
    });
    const said = `${report?.rootCause ?? ''} ${answer ?? ''}`;
    expect(said).toMatch(/may not (get|list)/);
    expect(said).not.toMatch(/does not exist/);
  });
});

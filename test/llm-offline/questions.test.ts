import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INCIDENTS } from '../fixtures/incidents/index.ts';
import { writeIncidents } from '../fixtures/incidents/write.ts';
import { openDesk, say } from './harness.ts';

let root: string;
let desk: Awaited<ReturnType<typeof openDesk>>;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'kv-offline-'));
  desk = await openDesk(writeIncidents(root, INCIDENTS));
});

afterAll(async () => {
  await desk.close();
  rmSync(root, { recursive: true, force: true });
});

describe('questions about incidents', () => {
  for (const incident of INCIDENTS) {
    it(`${incident.namespace}: ${incident.question}`, async () => {
      const { answer, returned, scripts } = await desk.ask(incident.question, incident.namespace);
      for (const pattern of incident.all) expect(answer).toMatch(pattern);
      for (const pattern of incident.none ?? []) expect(answer).not.toMatch(pattern);
      expect(answer).toMatch(incident.mode ? /Verdict: cause-found/ : /Verdict: healthy/);
      expect(scripts.length).toBeLessThanOrEqual(2);
      expect(returned).not.toMatch(/does not type-check|Your script failed/);
    });
  }
});

describe('other questions', () => {
  it('says that a name does not exist and what is near', async () => {
    const { answer } = await desk.ask('why is pod pollr crashing?', 'live');
    expect(answer).toMatch(/does not exist/);
    expect(answer).toMatch(/poller/);
  });

  it('follows a name into the namespace where it lives, and says so', async () => {
    const { answer } = await desk.ask('why does poller keep restarting?', 'default');
    expect(answer).toMatch(/namespace live/);
    expect(answer).toMatch(/9090/);
  });

  it('tells the story of what was asked about when the cause lies elsewhere', async () => {
    const { answer } = await desk.ask('why is orders crashing?', 'deps');
    expect(answer).toMatch(
      /Root cause: Container app of Deployment deps\/orders keeps crashing.*orders-db.*OOMKilled/,
    );
  });

  it('says when a name is only part of what it found', async () => {
    const { answer } = await desk.ask('what is wrong with loader?', 'bigmem');
    expect(answer).toMatch(/Nothing has exactly that name.*warehouse-loader/);
    expect(answer).toMatch(/64Gi/);
  });

  it('answers in Korean with the same facts', async () => {
    const { answer } = await desk.ask('poller 파드가 왜 계속 재시작되나요?', 'live');
    expect(answer).toMatch(/프로브/);
    expect(answer).toMatch(/9090/);
  });

  it('looks at a whole namespace', async () => {
    const { answer, scripts } = await desk.ask('is anything wrong in namespace deps?', 'default');
    expect(scripts[0]).toContain('diagnose.namespace');
    expect(answer).toMatch(/32Mi/);
  });

  it('looks at the whole cluster', async () => {
    const { answer, scripts } = await desk.ask('find failing pods in the cluster', 'default');
    expect(scripts[0]).toContain('diagnose.cluster');
    expect(answer).toMatch(/\d+ problems found/);
  });

  it.each([
    ['how many pods are in deps?', /2 Pods/],
    ['list namespaces', /deps/],
    ['which pods restart most?', /restarts/],
    ['what version is the cluster?', /v1\.36\.2/],
  ])('%s', async (question, pattern) => {
    const { answer } = await desk.ask(question, 'default');
    expect(answer).toMatch(pattern);
    expect(answer).not.toContain('REPORT');
  });

  it('takes the name from the question before when a follow-up names none', async () => {
    const { answer } = await desk.ask('how do I fix it?', 'live', ['why does poller keep restarting?']);
    expect(answer).toMatch(/9090/);
  });

  it('gives up in plain words when its scripts fail', async () => {
    const user = (text: string) => ({ role: 'user' as const, content: [{ type: 'text' as const, text }] });
    const failed = user('Your script failed:\nCallError: the connection was refused');
    const text = await say([user('Question: why is web crashing?\nNamespace: shop'), failed, failed]);
    expect(text).toMatch(/Verdict: inconclusive/);
    expect(text).toMatch(/connection was refused/);
  });
});

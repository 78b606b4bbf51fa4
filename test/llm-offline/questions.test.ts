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
      expect(scripts).toHaveLength(1);
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
    const [cause] = /\(1\) .*? \(2\)/.exec(answer) ?? [''];
    expect(cause.length).toBeGreaterThan(40);
    expect(cause.length).toBeLessThan(300);
  });

  it('looks at the whole namespace when the name is that of one', async () => {
    const { answer } = await desk.ask('what is wrong with deps?', 'live');
    expect(answer).toMatch(/3 problems found[\s\S]*deps\/orders-db/);
  });

  it.each(['is anything wrong in namespace lvie?', 'is anything wrong?'])(
    'says that a namespace does not exist: %s',
    async question => {
      const { answer, scripts } = await desk.ask(question, 'lvie');
      expect(answer).toMatch(/Namespace lvie does not exist.*live/);
      expect(answer).toMatch(/Confidence: high/);
      expect(scripts).toHaveLength(1);
    },
  );

  it.each([
    ['how many pods are in deps?', /^2 Pods are in namespace deps\.$/],
    ['how many pods are in live?', /^1 Pod is in namespace live\.$/],
    ['deps 네임스페이스에 파드가 몇 개야?', /^deps 네임스페이스에 Pod 2개가 있습니다\.$/],
    ['list namespaces', /^Namespaces in the cluster \(\d+\):\n[\s\S]*^- deps$/m],
    ['list the ingresses in live', /^Ingresses in namespace live \(0\):$/],
    ['which pods restart most?', /^- \S+\/\S+: \d+ restarts, /m],
    ['what changed recently in live?', /^What changed in namespace live, newest first:\n- 2026-/],
    ['show the logs of poller', /container app[\s\S]*listening on :8080/],
    ['show the logs of nobody-here', /No such pod or workload/],
    ['what version is the cluster?', /v1\.36\.2/],
    ['쿠버네티스 버전이 뭐야?', /버전은 v1\.36\.2입니다/],
  ])('%s is answered by the script itself', async (question, pattern) => {
    const { answer, scripts, returned } = await desk.ask(question, 'default');
    expect(answer).toMatch(pattern);
    expect(answer).not.toContain('REPORT');
    expect(scripts).toHaveLength(1);
    expect(returned).toBe('');
  });

  it('ends at once where one problem of just what was asked about explains it, and as it would have ended', async () => {
    const [sure, far] = [
      await desk.ask('why is trainer pending?', 'ml'),
      await desk.ask('why is trainer pending?', 'default'),
    ];
    expect(sure.returned).toBe('');
    expect(far.returned).toContain('nvidia.com/gpu');
    const rest = (answer: string) => answer.trim().slice(answer.indexOf('Confidence:'));
    expect(rest(sure.answer)).toBe(rest(far.answer));
    expect(far.answer).toMatch(/was found in namespace ml\. Pod trainer/);
  });

  it('writes scripts that fit a terminal', async () => {
    const questions = [
      'why is pod checkout crashing?',
      'checkout 파드가 왜 죽나요?',
      'is anything wrong?',
      'is anything wrong in namespace shop?',
      'find failing pods in the cluster',
      'how many pods are there?',
      'list services',
      'which pods restart most?',
      'what changed?',
      'what changed in the last hour?',
      'show the logs of checkout',
      'why errors in the logs of checkout?',
      'which image does checkout run?',
      'has release web drifted?',
      'which version is the cluster?',
    ];
    for (const question of questions) {
      for (const namespace of ['default', 'shop']) {
        const [script = ''] = (await desk.ask(question, namespace)).scripts;
        const lines = script.split('\n');
        expect(lines.length, script).toBeLessThanOrEqual(26);
        expect(Math.max(...lines.map(line => line.length)), script).toBeLessThanOrEqual(76);
      }
    }
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

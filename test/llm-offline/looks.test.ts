import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BundleObject, writeBundle } from '../helpers/bundle.ts';
import { openDesk } from './harness.ts';

const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout
spec:
  replicas: 1
`;

const container = { name: 'app', image: 'registry.example.com/checkout:2.4.1' };
const labels = { app: 'checkout' };

const OBJECTS: BundleObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'checkout', namespace: 'shop', uid: 'd1', creationTimestamp: '2026-11-01T00:00:00Z' },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [container], initContainers: [{ name: 'migrate', image: 'migrate:7' }] },
      },
    },
    status: { replicas: 1, readyReplicas: 1 },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: 'checkout-77',
      namespace: 'shop',
      creationTimestamp: '2026-11-20T11:40:00Z',
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout', uid: 'd1' }],
    },
    spec: { replicas: 1, template: { metadata: { labels }, spec: { containers: [container] } } },
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'ancient', namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' },
    data: {},
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'checkout-77-abc', namespace: 'shop', labels, uid: 'p1' },
    spec: { nodeName: 'n1', containers: [container] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        {
          name: 'app',
          ready: true,
          restartCount: 4,
          state: { running: { startedAt: '2026-11-20T11:30:00Z' } },
          lastState: {
            terminated: { exitCode: 1, reason: 'Error', finishedAt: '2026-11-20T11:29:00Z' },
          },
        },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e1', namespace: 'shop' },
    involvedObject: { kind: 'Deployment', namespace: 'shop', name: 'checkout' },
    type: 'Normal',
    reason: 'ScalingReplicaSet',
    message: 'Scaled up replica set checkout-77 from 0 to 1',
    lastTimestamp: '2026-11-20T12:00:00Z',
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'helm.sh/release.v1',
    metadata: {
      name: 'sh.helm.release.v1.storefront.v1',
      namespace: 'shop',
      labels: { owner: 'helm', name: 'storefront', status: 'deployed', version: '1' },
    },
    data: {
      release: Buffer.from(
        gzipSync(
          JSON.stringify({
            name: 'storefront',
            namespace: 'shop',
            version: 1,
            info: {
              status: 'deployed',
              last_deployed: '2026-11-20T11:50:00Z',
              description: 'Install complete',
            },
            chart: { metadata: { name: 'storefront', version: '3.1.0' } },
            manifest: MANIFEST,
          }),
        ).toString('base64'),
      ).toString('base64'),
    },
  },
];

const LINE = 'ERROR payment gateway refused the card token: signature mismatch';
const LOG = Array.from({ length: 400 }, (_, i) => `INFO served order ${i}`)
  .concat(LINE, 'INFO served order 401')
  .join('\n');

let desk: Awaited<ReturnType<typeof openDesk>>;
beforeAll(async () => {
  desk = await openDesk(writeBundle(OBJECTS, { 'shop/checkout-77-abc/app': LOG }));
});
afterAll(() => desk.close());

/** The question in both languages, with what the answer and the script must show. */
const CASES: Array<[en: string, ko: string, answer: RegExp, script: RegExp]> = [
  [
    'which image does checkout run?',
    'checkout은 어떤 이미지를 사용하나요?',
    /registry\.example\.com\/checkout:2\.4\.1.*\n.*migrate:7/,
    /k8s\.get/,
  ],
  [
    'what do the logs of checkout say?',
    'checkout 로그에 뭐라고 나오나요?',
    /signature mismatch/,
    /k8s\.explainLogs/,
  ],
  [
    'why are there errors in the logs of checkout?',
    'checkout 로그에 왜 에러가 있나요?',
    /signature mismatch/,
    /k8s\.explainLogs/,
  ],
  [
    'has release storefront drifted?',
    'storefront 릴리스가 차트와 달라졌나요?',
    /Deployment checkout \.spec\.replicas changed: 1 → 3/,
    /helm\.drift/,
  ],
  ['what was restarted?', '무엇이 재시작되었나요?', /checkout-77-abc: 4 restarts.*Error at/, /k8s\.pods/],
  [
    'what changed in the last hour?',
    '최근 1시간 동안 무엇이 바뀌었나요?',
    /ScalingReplicaSet[\s\S]*Helm storefront revision 1[\s\S]*ReplicaSet checkout-77 created/,
    /k8s\.events/,
  ],
  ['how many pods are there?', '파드가 몇 개 있나요?', /1 Pod|Pod 1/, /k8s\.list/],
  [
    'what changed in namespace shop?',
    'shop 네임스페이스에서 무엇이 바뀌었나요?',
    /ConfigMap ancient created/,
    /k8s\.events/,
  ],
];

describe.each(CASES)('%s / %s', (en, ko, answer, script) => {
  it.each([
    ['English', en],
    ['Korean', ko],
  ])('is answered in %s by one readable script', async (_language, question) => {
    const found = await desk.ask(question, 'shop');
    expect(found.returned).not.toMatch(/does not type-check|Your script failed/);
    expect(found.answer).toMatch(answer);
    expect(found.scripts).toHaveLength(1);
    expect(found.scripts[0]).toMatch(script);
    for (const line of found.scripts[0]!.split('\n')) expect(line.length).toBeLessThan(100);
  });
});

describe('time in a question', () => {
  it('leaves out what is older', async () => {
    const { answer } = await desk.ask('what changed in the last hour?', 'shop');
    expect(answer).not.toContain('ancient');
  });
});

describe('words that are like these questions and mean others', () => {
  it('looks for the cause where an image cannot be pulled', async () => {
    const { scripts } = await desk.ask('why can checkout not pull its image?', 'shop');
    expect(scripts[0]).toContain('diagnose.');
  });

  it('names the releases there are when one is not there', async () => {
    const { answer } = await desk.ask('has release storefrnt drifted?', 'shop');
    expect(answer).toMatch(/no Helm release storefrnt.*shop\/storefront/);
  });

  it('says so when the name means nothing', async () => {
    const { answer } = await desk.ask('which image does nobody-here run?', 'shop');
    expect(answer).toMatch(/no workload or pod named nobody-here/);
  });
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type ApprovalDecision,
  type ApprovalRequest,
  createGate,
  createRedactor,
  createVault,
  gateTransport,
} from '../../src/policy/index.ts';
import { cleanText } from '../../src/shared/text.ts';
import { TinyApi } from './helpers/tiny-api.ts';

const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';
const VALUE = 'CaNaRy9xQ7zPw';
const signal = new AbortController().signal;

let api: TinyApi;
beforeEach(async () => {
  api = await new TinyApi().start();
  api.put(WEB, 'Deployment', { spec: { replicas: 2 } });
});
afterEach(() => api.stop());

function open(decision: ApprovalDecision = { outcome: 'deny', reason: 'no' }) {
  const cards: ApprovalRequest[] = [];
  let id = 0;
  const gate = createGate({
    approver: {
      decide: async request => {
        cards.push(request);
        return decision;
      },
    },
    readOnly: () => false,
    interactive: true,
    newId: () => `id${++id}`,
  });
  const redactor = createRedactor(createVault());
  const ran: string[][] = [];
  const transport = gateTransport({
    transport: {
      ...api.transport(),
      exec: async target => {
        ran.push(target.command);
        return { exitCode: 0, stdout: '', stderr: '', truncated: false };
      },
    },
    gate,
    redactor,
    readOnly: () => false,
  });
  return { cards, transport, redactor, gate, ran };
}

const patch = (path: string, body: unknown) =>
  ({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json', signal }) as const;

test('nothing on a card can hide, move or reverse what stands around it', async () => {
  const { cards, transport } = open();
  const trick = 'ok\u001b[2K\rx\u202egnp.exe\u200b\u0007';
  await expect(
    transport.request(patch(WEB, { metadata: { annotations: { [trick]: trick } } })),
  ).rejects.toThrow();
  const command = ['sh', '-c', 'ls\u001b[1A\u001b[2K; rm -rf /data\u202e'];
  await expect(transport.exec!({ namespace: 'shop', pod: 'web-0', command }, signal)).rejects.toThrow();
  expect(cards).toHaveLength(2);
  expect(cleanText(JSON.stringify(cards))).toBe(JSON.stringify(cards));
  expect(JSON.stringify(cards)).not.toMatch(/\\u00|(?<!\\)\\r/);
  expect(JSON.stringify(cards[0]!.changes[0]!.request.body)).toContain(
    'ok\\\\u{1b}[2K\\\\u{d}x\\\\u{202e}gnp.exe',
  );
  expect(cards[1]!.changes[0]!.note).toContain(`Runs: sh -c 'ls\\u{1b}[1A\\u{1b}[2K; rm -rf /data\\u{202e}'`);
});

test('a command shows where its arguments begin and end', async () => {
  const { cards, transport, ran } = open({ outcome: 'allow' });
  const command = ['echo', 'a b', "it's", ''];
  await transport.exec!({ namespace: 'shop', pod: 'web-0', command }, signal);
  expect(cards[0]!.changes[0]!.request.query.command).toBe(`echo 'a b' 'it'\\''s' ''`);
  expect(ran).toEqual([command]);
});

test('secret values stand on a card neither in its path nor in its query, kind or name', async () => {
  const { cards, transport, redactor } = open();
  redactor.redactResult({ kind: 'Secret', data: { password: Buffer.from(VALUE).toString('base64') } });
  const base = '/api/v1/namespaces/shop/configmaps';
  for (const path of [`${base}/${VALUE}`, `${WEB}/${VALUE}`, `/api/v1/namespaces/${VALUE}/pods/x/status`]) {
    await expect(
      transport.request({ ...patch(path, { a: 1 }), query: { fieldManager: VALUE } }),
    ).rejects.toThrow();
  }
  expect(cards.length).toBeGreaterThan(0);
  expect(JSON.stringify(cards)).not.toContain(VALUE);
});

test('what is megabytes long is shown by its ends, and says so', async () => {
  const { cards, transport } = open();
  const command = ['sh', '-c', `true ${'#'.repeat(3_000_000)}; rm -rf /`];
  await expect(transport.exec!({ namespace: 'shop', pod: 'web-0', command }, signal)).rejects.toThrow();
  const { note = '' } = cards[0]!.changes[0]!;
  expect(note.length).toBeLessThan(30_000);
  expect(note).toContain('rm -rf /');
  expect(note).toContain('characters cut');
});

test('a session-wide permission is never about a path that names no kind', async () => {
  const { cards, transport, gate } = open({ outcome: 'allow-session' });
  const odd = patch('/api/v1/namespaces/shop/../prod/pods/web', {});
  await transport.request(odd).catch(() => {});
  await transport.request(odd).catch(() => {});
  expect(cards).toHaveLength(2);
  expect(gate.grants()).toEqual([]);
});

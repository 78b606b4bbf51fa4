import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../src/agent/events.ts';
import { writeBundle } from '../helpers/bundle.ts';
import { freshHome, runKv } from '../helpers/kv.ts';
import { answer } from '../llm/anthropic-wire.ts';
import { WireServer } from '../llm/wire.ts';

const BUNDLE = writeBundle([
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-1', namespace: 'shop' },
    spec: { containers: [] },
    status: { phase: 'Running' },
  },
]);

const text = (words: string) => answer([{ type: 'text', text: words }]);

describe('kill -9 in mid-script', () => {
  it('loses at most the last event, and the session goes on', async () => {
    await using server = await WireServer.start(
      text('Waiting.\n```ts\nawait k8s.pods({ namespace: "shop" });\nawait sleep(60000);\n```'),
      text('I was waiting for pod web-1.'),
    );
    const { env } = freshHome();
    const modelEnv = { ...env, ANTHROPIC_API_KEY: 'test', ANTHROPIC_BASE_URL: server.url };
    const options = ['--snapshot', BUNDLE, '-n', 'shop', '--model', 'anthropic:claude-test'];
    const child = spawn(
      process.execPath,
      [resolve('bin/kv.js'), 'investigate', 'what is up?', ...options, '--output', 'stream-json'],
      {
        env: modelEnv,
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    const seen: AgentEvent[] = [];
    for await (const line of createInterface(child.stdout)) {
      const event = JSON.parse(line) as AgentEvent;
      seen.push(event);
      if (event.type === 'call-started' && event.name === 'sleep') break;
    }
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;

    const shown = await runKv(['sessions', 'show', '--output', 'json'], env);
    const stored = JSON.parse(shown.stdout) as {
      id: string;
      status: string;
      events: AgentEvent[];
      calls: unknown[];
    };
    expect(stored.events.slice(0, seen.length - 1)).toEqual(seen.slice(0, -1));
    expect(stored.calls).toHaveLength(1);

    const resumed = await runKv(
      ['resume', stored.id, 'what were you waiting for?', '--output', 'json'],
      modelEnv,
    );
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({
      session: stored.id,
      answer: 'I was waiting for pod web-1.',
    });
    const sent = JSON.stringify(server.received[1]!.body.messages);
    expect(sent).toContain('what is up?');
    expect(sent).toContain('interrupted before this script finished');
  });
});

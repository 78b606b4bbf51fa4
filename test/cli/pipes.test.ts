import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeBundle } from '../helpers/bundle.ts';
import { freshHome, runKv } from '../helpers/kv.ts';

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
const ASK = ['investigate', 'is web-1 healthy?', '--snapshot', BUNDLE, '-n', 'shop'];

/** A model that takes a question and never answers. */
async function silentModel() {
  let asked = () => {};
  const isAsked = new Promise<void>(done => {
    asked = done;
  });
  const server = createServer(() => asked());
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, isAsked, [Symbol.dispose]: stop };
}

describe('a reader that closes the pipe', () => {
  it.each([[['capabilities']], [[...ASK, '--output', 'stream-json']]])(
    'ends kv %j without a word',
    async args => {
      const child = spawn(process.execPath, [resolve('bin/kv.js'), ...args], {
        env: freshHome().env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', chunk => {
        stderr += chunk;
      });
      child.stdout.destroy();
      const code = await new Promise(done => child.on('close', done));
      expect(stderr).toBe('');
      expect(code).toBe(0);
    },
  );

  it('may close stderr and still get the result', async () => {
    const child = spawn(process.execPath, [resolve('bin/kv.js'), ...ASK, '--output', 'json'], {
      env: freshHome().env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr.destroy();
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', chunk => {
      stdout += chunk;
    });
    expect(await new Promise(done => child.on('close', done))).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'answered' });
  });
});

describe('a cancelled question', () => {
  it('ends with 130 and still prints its one JSON object', async () => {
    using model = await silentModel();
    const env = { ...freshHome().env, ANTHROPIC_API_KEY: 'x', ANTHROPIC_BASE_URL: model.url };
    const args = [resolve('bin/kv.js'), ...ASK, '--model', 'anthropic:claude-sonnet-5-5', '--output', 'json'];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', chunk => {
      stdout += chunk;
    });
    child.stderr.resume();
    const ended = new Promise(done => child.on('close', done));
    await model.isAsked;
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'cancelled', report: null, answer: null });
  });
});

describe('a session that goes on', () => {
  it('keeps its title, its model and its cluster', async () => {
    const { env } = freshHome();
    await runKv(ASK, env);
    const { stdout: list } = await runKv(['sessions'], env);
    expect(list).toMatch(/answered +is web-1 healthy\?/u);
    const id = list.split(' ')[0]!;
    const { code, stderr } = await runKv(['resume', id, 'is web-1 still healthy?'], env);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`session ${id}, offline, `);
  });
});

describe('completion', () => {
  it('bash knows commands, choices of an option in its own command, and demo scenarios', async () => {
    const { home, env } = freshHome();
    const { stdout } = await runKv(['completion', 'bash'], env);
    const file = join(home, 'kv.bash');
    writeFileSync(file, stdout);
    const complete = (...words: string[]) =>
      execFileSync(
        'bash',
        [
          '--norc',
          '-c',
          'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kv; echo "${COMPREPLY[*]}"',
          file,
          'kv',
          ...words,
        ],
        { encoding: 'utf8' },
      ).trim();
    expect(complete('inv')).toBe('investigate');
    expect(complete('investigate', '--output', '')).toBe('text json stream-json');
    expect(complete('sessions', 'show', '--output', '')).toBe('json markdown');
    expect(complete('investigate', '--namespace', 'doctor', '--read')).toBe('--read-only');
    expect(complete('demo', 'ch')).toBe('checkout');
  });

  it.each(['zsh', 'fish'])('%s gets a script', async shell => {
    const { stdout } = await runKv(['completion', shell], freshHome().env);
    expect(stdout).toMatch(shell === 'zsh' ? /^#compdef kv\n/u : /^complete -c kv .*-a 'investigate'/mu);
  });
});

describe('help', () => {
  it.each([[], ['investigate'], ['demo'], ['snapshot'], ['sessions', 'show']])(
    'fits into 80 columns: kv %s %s',
    async (...path) => {
      const words = path.filter(word => typeof word === 'string');
      const { stdout, code } = await runKv([...words, '--help'], { ...freshHome().env, COLUMNS: '80' });
      expect(code).toBe(0);
      for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
      if (words.length === 0) expect(stdout.indexOf('Commands:')).toBeLessThan(stdout.indexOf('--snapshot'));
    },
  );

  it('kv demo offers no cluster but its own', async () => {
    const { stdout } = await runKv(['demo', '--help'], freshHome().env);
    expect(stdout).not.toMatch(/--snapshot|--kubeconfig/u);
  });
});

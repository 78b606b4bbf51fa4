import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { create as createArchive } from 'tar';
import { describe, expect, it } from 'vitest';
import { writeBundle } from '../helpers/bundle.ts';
import { freshHome, type KvRun, runKv } from '../helpers/kv.ts';

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

/** One sentence (or two) on stderr that begins with `kv:`, no stack, nothing on stdout. */
function expectSentence(run: KvRun, code: number, ...patterns: RegExp[]): void {
  expect(
    run.stderr
      .trim()
      .split('\n')
      .filter(line => !line.startsWith('note:')),
    run.stderr,
  ).toHaveLength(1);
  expect(run.stderr).toMatch(/^kv: [A-Z"'/].*[.?)]$/m);
  expect(run.stderr).not.toMatch(/\n\s+at /);
  expect(run.stdout).toBe('');
  for (const pattern of patterns) expect(run.stderr).toMatch(pattern);
  expect(run.code, run.stderr).toBe(code);
}

const kubeconfig = (server: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'dev',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 'x' } }],
    contexts: [{ name: 'dev', context: { cluster: 'c', user: 'u' } }],
  });

describe('a question that cannot be asked', () => {
  it('has no cluster', async () => {
    const { env } = freshHome();
    expectSentence(
      await runKv(['investigate', 'why?'], env),
      3,
      /kubeconfig/,
      /--snapshot|KUBECONFIG|kv demo/,
    );
  });

  it('has a server that refuses', async () => {
    const { home, env } = freshHome();
    const file = join(home, 'config');
    writeFileSync(file, kubeconfig('https://127.0.0.1:9'));
    expectSentence(
      await runKv(['investigate', 'why?', '--kubeconfig', file], env),
      3,
      /dev/,
      /127\.0\.0\.1:9/,
    );
  });

  it('has an unknown context', async () => {
    const { home, env } = freshHome();
    const file = join(home, 'config');
    writeFileSync(file, kubeconfig('https://127.0.0.1:9'));
    const run = await runKv(['investigate', 'why?', '--kubeconfig', file, '--context', 'dv'], env);
    expectSentence(run, 3, /dv/, /dev/);
  });

  it('has a snapshot that does not exist, is no snapshot, or is broken off', async () => {
    const { home, env } = freshHome();
    const empty = join(home, 'empty');
    mkdirSync(empty);
    const archive = join(home, 'cut.tgz');
    createArchive({ sync: true, gzip: true, file: archive, cwd: BUNDLE }, ['.']);
    truncateSync(archive, 200);
    for (const path of ['/nowhere/at/all', empty, archive]) {
      expectSentence(
        await runKv(['investigate', 'why?', '--snapshot', path], env),
        3,
        new RegExp(path.replaceAll('/', '\\/')),
      );
    }
  });

  it('has an unknown model, or a model without its key', async () => {
    const { env } = freshHome();
    expectSentence(
      await runKv(['investigate', 'why?', '--snapshot', BUNDLE, '--model', 'antropic:x'], env),
      2,
      /anthropic/,
    );
    expectSentence(
      await runKv(['investigate', 'why?', '--snapshot', BUNDLE, '--model', 'anthropic:x'], env),
      4,
      /ANTHROPIC_API_KEY/,
    );
  });

  it('has a malformed config file', async () => {
    const { home, env } = freshHome();
    const file = join(home, 'config.yaml');
    for (const [text, pattern] of [
      ['model: [unclosed', /YAML/],
      ['modle: offline', /model/],
      ['limits: { turns: none }', /limits\.turns/],
    ] as const) {
      writeFileSync(file, text);
      const run = await runKv(['investigate', 'why?', '--snapshot', BUNDLE], { ...env, KV_CONFIG: file });
      expectSentence(run, 2, pattern, /config\.yaml/);
    }
  });

  it('is empty, or a megabyte long', async () => {
    const { env } = freshHome();
    expectSentence(await runKv(['investigate', '  ', '--snapshot', BUNDLE], env), 2, /empty/);
    expectSentence(
      await runKv(['investigate', '-', '--snapshot', BUNDLE], env, 'why '.repeat(260_000)),
      2,
      /characters/,
    );
  });

  it('has unknown flags or commands', async () => {
    const { env } = freshHome();
    const flag = await runKv(['investigate', 'why?', '--snapshto', BUNDLE], env);
    expect(flag.code).toBe(2);
    expect(flag.stderr).toMatch(/--snapshot/);
    const command = await runKv(['why', 'is', 'it', 'down'], env);
    expectSentence(command, 2, /kv investigate "why is it down"/);
  });
});

describe('trouble that does not stop an investigation', () => {
  it('cannot write its history', async () => {
    const { home, env } = freshHome();
    writeFileSync(join(home, 'state'), 'a file where a folder should be');
    const run = await runKv(
      ['investigate', 'is web-1 ok?', '-n', 'shop', '--snapshot', BUNDLE, '--output', 'json'],
      {
        ...env,
        XDG_STATE_HOME: join(home, 'state'),
      },
    );
    expect(run.code, run.stderr).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ status: 'answered' });
  });

  it('is asked about a namespace that does not exist', async () => {
    const { env } = freshHome();
    const run = await runKv(
      ['investigate', 'is web ok?', '-n', 'shpo', '--snapshot', BUNDLE, '--output', 'json'],
      env,
    );
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/shpo/);
    expect(run.stdout).toMatch(/shop/);
  });
});

describe('the Node version', () => {
  it('is checked before anything is imported', () => {
    const lie =
      "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})";
    let output = '';
    try {
      execFileSync(process.execPath, ['--import', lie, resolve('bin/kv.js'), '--version'], { stdio: 'pipe' });
    } catch (error) {
      output = String((error as { stderr: Buffer }).stderr);
    }
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(output).toMatch(/^kv needs Node 22\.19 or newer and this is Node 20\.1\.0/);
  });
});

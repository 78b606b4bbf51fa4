import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadScenarios } from '../../src/bench/index.ts';
import { SMALL_CLUSTER } from './harness.ts';

const WHOLE = {
  id: 'mine',
  title: 'Mine',
  question: 'why?',
  cluster: { snapshot: SMALL_CLUSTER },
  expect: ['because'],
};

const YAML_BOMB = `l0: &l0 [x]\n${Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`).join('\n')}\n`;

describe('scenario files', () => {
  let folder: string;
  const write = (name: string, value: unknown) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kv-scenarios-'));
  });

  it('are found in a folder, as YAML documents and JSON lists, with paths relative to the file', async () => {
    const snapshot = relative(folder, SMALL_CLUSTER);
    write(
      'a.yaml',
      `${JSON.stringify({ ...WHOLE, id: 'a', cluster: { snapshot } })}\n---\n${JSON.stringify({ ...WHOLE, id: 'b' })}\n`,
    );
    write('c.json', [
      { ...WHOLE, id: 'c', cluster: { kubeconfig: 'kind.yaml', setup: 'kubectl apply -f x' } },
    ]);
    write('notes.txt', 'not a scenario');
    const scenarios = await loadScenarios(folder);
    expect(scenarios.map(({ id, kind, forbid }) => [id, kind, forbid])).toEqual([
      ['a', 'cause', []],
      ['b', 'cause', []],
      ['c', 'cause', []],
    ]);
    expect(scenarios[0]!.cluster).toEqual({ snapshot: SMALL_CLUSTER });
    expect(scenarios[2]!.cluster).toMatchObject({ kubeconfig: join(folder, 'kind.yaml') });
  });

  it.each([
    ['an unknown key', { ...WHOLE, expected: ['x'] }, /file.yaml is not valid: .*expected/],
    ['a bad pattern', { ...WHOLE, expect: ['fine', '('] }, /expect\[1\]: is no regular expression/],
    ['no known answer', { ...WHOLE, expect: [] }, /expect: needs at least one pattern/],
    ['a bad id', { ...WHOLE, id: 'Not Kebab' }, /id: must be kebab-case/],
    [
      'a snapshot that is not there',
      { ...WHOLE, cluster: { snapshot: 'nowhere' } },
      /nowhere .*does not exist/,
    ],
    ['a cluster of both kinds', { ...WHOLE, cluster: { snapshot: 'demo', setup: 'x' } }, /cluster: must be/],
    ['an error in the second of a list', [WHOLE, { ...WHOLE, question: ' ' }], /\[1\]\.question/],
    ['broken YAML', 'id: [', /is not valid YAML/],
    ['aliases of aliases without end', YAML_BOMB, /file.yaml cannot be read: .*alias/],
  ])('with %s are a usage error that says where', async (_what, value, message) => {
    const file = write('file.yaml', value);
    await expect(loadScenarios(file)).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(message),
    });
  });

  it('must not use an id twice', async () => {
    write('a.json', WHOLE);
    write('b.json', WHOLE);
    await expect(loadScenarios(folder)).rejects.toThrow(/"mine"/);
  });
});

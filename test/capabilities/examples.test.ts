import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createCatalog } from '../../src/capabilities/catalog.ts';
import { k8sCapabilities } from '../../src/capabilities/k8s/index.ts';
import { stateCapabilities } from '../../src/capabilities/state/index.ts';
import { traceCapabilities } from '../../src/capabilities/trace/index.ts';

const run = promisify(execFile);
const capabilities = [...k8sCapabilities, ...traceCapabilities, ...stateCapabilities];
const tsc = new URL('../../node_modules/.bin/tsc', import.meta.url).pathname;

test('every example type-checks against the declarations', async () => {
  const examples = capabilities.flatMap(({ name, examples: list }) =>
    list.map(({ code }) => ({ name, code })),
  );
  const functions = examples.map(
    ({ name, code }, index) =>
      `/* ${name} */ export async function example${index}(): Promise<unknown> {\n${code}\nreturn undefined; }`,
  );
  const directory = await mkdtemp(join(tmpdir(), 'kv-examples-'));
  try {
    const file = join(directory, 'examples.ts');
    await writeFile(file, [createCatalog(capabilities).declarations(), ...functions].join('\n'));
    const flags = [
      '--noEmit',
      '--strict',
      '--ignoreConfig',
      '--target',
      'es2022',
      '--module',
      'esnext',
      '--types',
      '',
      '--allowUnreachableCode',
      file,
    ];
    const output = await run(tsc, flags).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
    expect(output).toBe('');
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('every capability says what it does and shows how', () => {
  for (const capability of capabilities) {
    expect(capability.summary, capability.name).toMatch(/^[A-Z].*[^.]$/);
    expect(capability.examples.length, capability.name).toBeGreaterThan(0);
  }
  expect(new Set(capabilities.map(capability => capability.name)).size).toBe(capabilities.length);
});

test('what changes the cluster is not declared as a read', () => {
  const effects = Object.fromEntries(capabilities.map(item => [item.name, item.effect]));
  for (const name of [
    'apply',
    'patch',
    'scale',
    'restart',
    'setImage',
    'label',
    'annotate',
    'cordon',
    'uncordon',
  ]) {
    expect(effects[`k8s.${name}`], name).toBe('write');
  }
  for (const name of ['delete', 'evict', 'drain']) expect(effects[`k8s.${name}`], name).toBe('delete');
  expect(effects['k8s.exec']).toBe('exec');
});

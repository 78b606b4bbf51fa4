import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Writes files (text as it is, everything else as JSON) into a folder that goes when the test ends. */
export async function bundle(files: Record<string, unknown>): Promise<string> {
  const root = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return root;
}

export async function temporaryFolder(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'kv-test-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return root;
}

export function pod(
  name: string,
  namespace: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, resourceVersion: '10', uid: `uid-${name}`, labels: { app: name } },
    spec: { nodeName: 'node-1', containers: [{ name: 'app', image: 'app:1' }] },
    status: { phase: 'Running', containerStatuses: [{ name: 'app', state: { running: {} } }] },
    ...more,
  };
}

export function listOf(kind: string, apiVersion: string, items: unknown[]): Record<string, unknown> {
  return { kind: `${kind}List`, apiVersion, metadata: {}, items };
}

import { once } from 'node:events';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createGzip } from 'node:zlib';
import { create, Header } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClusterUnreachableError } from '../../src/cluster/errors.ts';
import { openSnapshot } from '../../src/cluster/snapshot/index.ts';
import { bundle, pod, temporaryFolder } from './helpers/bundle.ts';
import { openClient, SMALL_CLUSTER } from './helpers/client.ts';

const signal = new AbortController().signal;

async function refusal(path: string, options = {}): Promise<ClusterUnreachableError> {
  const error = await openSnapshot(path, { signal, ...options }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ClusterUnreachableError))
    throw new Error(`expected a refusal, got ${String(error)}`);
  expect(error.message).toMatch(/^[^\n]+\.$/);
  expect(error.hint).toBeTruthy();
  return error;
}

// A temporary folder of this file's own: whatever else runs on this machine unpacks archives elsewhere.
const systemTemporary = process.env['TMPDIR'];
let temporary = '';
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'kv-bad-input-'));
  await chmod(temporary, 0o755);
  process.env['TMPDIR'] = temporary;
});
afterAll(async () => {
  if (systemTemporary === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = systemTemporary;
  await rm(temporary, { recursive: true, force: true });
});

async function leftovers(): Promise<string[]> {
  return (await readdir(tmpdir())).filter(name => name.startsWith('kv-snapshot-'));
}

/** An archive with entries that no honest tool writes. */
async function forged(entries: Array<Partial<Header> & { content?: string }>): Promise<string> {
  const path = join(await temporaryFolder(), 'bundle.tar.gz');
  const gzip = createGzip();
  const chunks: Buffer[] = [];
  gzip.on('data', chunk => chunks.push(chunk));
  for (const { content = '', ...fields } of entries) {
    const header = new Header({
      mode: 0o644,
      size: content.length,
      type: 'File',
      mtime: new Date(0),
      ...fields,
    });
    const block = Buffer.alloc(512);
    header.encode(block);
    gzip.write(block);
    gzip.write(Buffer.concat([Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)]));
  }
  gzip.end(Buffer.alloc(1024));
  await once(gzip, 'end');
  await writeFile(path, Buffer.concat(chunks));
  return path;
}

async function packed(folder: string, name = 'bundle.tgz'): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await create({ file: path, gzip: name !== 'bundle.tar', cwd: folder }, ['.']);
  return path;
}

describe('archives', () => {
  it.each(['bundle.tgz', 'bundle.tar.gz', 'bundle.tar'])(
    'opens %s and cleans up after itself',
    async name => {
      const before = await leftovers();
      const client = await openClient(await packed(SMALL_CLUSTER, name));
      expect(client.transport.info.context).toBe('bundle');
      expect(await client.names('/api/v1/namespaces/checkout/pods')).toEqual(['checkout-9db494857-rvbxz']);
      const log = await client.text('/api/v1/namespaces/checkout/pods/checkout-9db494857-rvbxz/log', {
        tailLines: 1,
      });
      expect(log).toBe('FATAL: required environment variable DATABASE_URL is not set\n');
      expect((await leftovers()).length).toBe(before.length + 1);
      await client.transport.close();
      expect(await leftovers()).toEqual(before);
    },
  );

  it('leaves out links to twins inside, as bundles have them', async () => {
    const root = await bundle({ 'cluster-resources/pods/logs/shop/a/app.log': 'hello\n' });
    await mkdir(join(root, 'collector/a'), { recursive: true });
    await symlink('../../cluster-resources/pods/logs/shop/a/app.log', join(root, 'collector/a/app.log'));
    await link(join(root, 'cluster-resources/pods/logs/shop/a/app.log'), join(root, 'collector/hard.log'));
    const client = await openClient(await packed(root));
    expect(await client.text('/api/v1/namespaces/shop/pods/a/log')).toBe('hello\n');
    await client.transport.close();
  });

  it.each([
    ['a path that climbs out', { path: '../evil.json' }, /"\.\.\/evil\.json" leads out of it/],
    ['a path that climbs out later', { path: 'a/../../evil.json' }, /leads out of it/],
    ['an absolute path', { path: '/etc/evil.json' }, /leads out of it/],
    [
      'a symbolic link out',
      { path: 'a/b', type: 'SymbolicLink', linkpath: '../../etc' },
      /link "a\/b" leads out/,
    ],
    ['an absolute link', { path: 'a', type: 'SymbolicLink', linkpath: '/etc/passwd' }, /link "a" leads out/],
    ['a hard link out', { path: 'a/b', type: 'Link', linkpath: '../passwd' }, /leads out of it/],
    ['a device', { path: 'dev', type: 'CharacterDevice' }, /"dev" is a device/],
    ['a pipe', { path: 'pipe', type: 'FIFO' }, /"pipe" is a device/],
    [
      'an absurd size',
      { path: 'cluster-resources/pods.json', size: 6e9 },
      /6\.0 GB long, at most 4\.0 GB are read/,
    ],
  ] as const)('refuses %s', async (_name, entry, message) => {
    const before = await leftovers();
    const good = { path: 'cluster-resources/nodes.json', content: '{"items":[]}' };
    const error = await refusal(await forged([good, entry as Partial<Header>]));
    expect(error.message).toMatch(message);
    expect(await leftovers()).toEqual(before);
  });

  it('refuses more entries or bytes than its limits', async () => {
    const entries = [1, 2, 3].map(i => ({ path: `cluster-resources/${i}.json`, content: 'x'.repeat(100) }));
    const path = await forged(entries);
    expect((await refusal(path, { archiveLimits: { entries: 2 } })).message).toMatch(/more than 2 entries/);
    expect((await refusal(path, { archiveLimits: { bytes: 250 } })).message).toMatch(/more than 250 B/);
  });

  it('makes what it unpacks readable for its owner only, whatever the archive says', async () => {
    const content = JSON.stringify([pod('a', 'shop')]);
    const path = await forged([{ path: 'cluster-resources/pods/shop.json', content, mode: 0 }]);
    const client = await openClient(path);
    expect(await client.names('/api/v1/pods')).toEqual(['a']);
    await client.transport.close();
  });

  it('names an archive that was cut off or damaged', async () => {
    const cut = await packed(SMALL_CLUSTER);
    await truncate(cut, 9000);
    expect((await refusal(cut)).message).toMatch(/bundle\.tgz is truncated or damaged/);
    const damaged = await packed(SMALL_CLUSTER);
    const bytes = await readFile(damaged);
    bytes.fill(0xff, 4000, 4200);
    await writeFile(damaged, bytes);
    expect((await refusal(damaged)).message).toMatch(/truncated or damaged/);
    const cutTar = await packed(SMALL_CLUSTER, 'bundle.tar');
    await truncate(cutTar, 20_000);
    expect((await refusal(cutTar)).message).toMatch(/truncated or damaged/);
  });

  it('stops unpacking with the signal', async () => {
    const before = await leftovers();
    const stop = new AbortController();
    const opening = openSnapshot(await packed(SMALL_CLUSTER), { signal: stop.signal });
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(opening).rejects.toBe(reason);
    expect(await leftovers()).toEqual(before);
  });
});

describe('what is no snapshot', () => {
  it('is said in one sentence', async () => {
    const root = await bundle({ 'notes.txt': 'hello', 'empty.tgz': '', 'folder/a.json': '{}' });
    expect((await refusal(join(root, 'nowhere'))).message).toMatch(/nowhere does not exist\.$/);
    expect((await refusal(join(root, 'notes.txt', 'x'))).message).toMatch(/does not exist/);
    expect((await refusal(join(root, 'notes.txt'))).message).toMatch(
      /neither a folder nor a \.tar\.gz archive/,
    );
    expect((await refusal(join(root, 'empty.tgz'))).message).toMatch(/neither a folder nor/);
    expect((await refusal(root)).message).toMatch(
      /is not a snapshot: there is no cluster-resources folder in it/,
    );
    expect((await refusal(await forged([{ path: 'a.txt', content: 'a' }]))).message).toMatch(
      /no cluster-resources/,
    );
  });

  it('names a file with broken JSON when its kind is asked for, and only then', async () => {
    const root = await bundle({
      'cluster-resources/pods/shop.json': '{"kind":"PodList","items":[{',
      'cluster-resources/pods/web.json': [pod('a', 'web')],
      'cluster-resources/services/shop.json': [],
    });
    const client = await openClient(root);
    expect(await client.names('/api/v1/namespaces/web/pods')).toEqual(['a']);
    expect(await client.names('/api/v1/services')).toEqual([]);
    await expect(client.names('/api/v1/namespaces/shop/pods')).rejects.toThrow(
      /pods\/shop\.json of the snapshot is cut off or not JSON/,
    );
    const secret = await bundle({
      'cluster-resources/secrets/shop.json': '{"items":[{"data":{"key":"hunter2" oops',
    });
    const thrown = await (await openClient(secret)).names('/api/v1/secrets').catch((error: unknown) => error);
    expect(inspect(thrown, { depth: 9 })).not.toContain('hunter2');
    await writeFile(join(root, 'cluster-resources/pods/shop.json'), JSON.stringify([pod('b', 'shop')]));
    expect(await client.names('/api/v1/namespaces/shop/pods')).toEqual(['b']);
  });

  it('says that permission is denied', async () => {
    const root = await bundle({ 'cluster-resources/pods/shop.json': [pod('a', 'shop')] });
    const file = join(root, 'cluster-resources/pods/shop.json');
    await chmod(root, 0o755);
    await asOrdinaryUser(async () => {
      const client = await openClient(root);
      await asOwner(() => chmod(file, 0));
      await expect(client.names('/api/v1/pods')).rejects.toThrow(
        /shop\.json of the snapshot cannot be read \(EACCES\)/,
      );
      await asOwner(() => chmod(join(root, 'cluster-resources'), 0));
      expect((await refusal(root)).sentence).toMatch(/cannot be read \(EACCES\).*permissions/);
      await asOwner(() => chmod(root, 0));
      expect((await refusal(join(root, 'bundle.tgz'))).message).toMatch(/cannot be read: permission denied/);
      expect((await refusal(root)).message).toMatch(/cannot be read/);
      await asOwner(() => chmod(root, 0o755));
      await asOwner(() => chmod(join(root, 'cluster-resources'), 0o755));
    });
  });
});

const NOBODY = 65_534;

/** The superuser may read everything; what it runs here gives that up for as long. */
async function asOrdinaryUser(work: () => Promise<void>): Promise<void> {
  const root = process.getuid?.() === 0;
  if (root) process.seteuid?.(NOBODY);
  try {
    await work();
  } finally {
    if (root) process.seteuid?.(0);
  }
}

async function asOwner(work: () => Promise<void>): Promise<void> {
  const root = process.getuid?.() === 0;
  if (root) process.seteuid?.(0);
  try {
    await work();
  } finally {
    if (root) process.seteuid?.(NOBODY);
  }
}

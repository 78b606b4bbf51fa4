import { gunzipSync, gzipSync } from 'node:zlib';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../cluster/types.ts';
import { KvError } from '../../shared/errors.ts';
import { isRecord } from '../../shared/json.ts';

/** One revision of a Helm release, as Helm 3 and 4 store it (helm.sh/helm/v4/pkg/release/v1.Release). */
export interface Release {
  name: string;
  namespace: string;
  revision: number;
  /** deployed, superseded, failed, uninstalled, pending-install, pending-upgrade, pending-rollback. */
  status: string;
  description: string;
  /** RFC 3339. */
  firstDeployed: string;
  lastDeployed: string;
  chart: { name: string; version: string; appVersion: string };
  /** What the user set; the chart's own defaults are in `defaults`. */
  values: Record<string, unknown>;
  defaults: Record<string, unknown>;
  /** The rendered objects without hooks. */
  manifest: string;
  hooks: Array<{ name: string; kind: string; events: string[]; manifest: string }>;
  notes: string;
}

/** A release that says it is larger than this once unpacked is not unpacked; Helm's own limit is below 1 MiB packed. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

/**
 * Unpacks the Secret or ConfigMap in which Helm keeps a revision: `data.release` is base64 of gzip of JSON, in a
 * Secret base64 once more. Rejects with a KvError that names the object when it is not one.
 */
export function decodeRelease(stored: KubeObject): Release {
  return releaseOf(unpackRelease(stored));
}

/** The same as Helm wrote it, with every field. */
export function unpackRelease(stored: KubeObject): Record<string, unknown> {
  const where = `${stored.kind} ${stored.metadata.namespace}/${stored.metadata.name}`;
  const packed: unknown = stored['data']?.release;
  if (typeof packed !== 'string' || packed === '')
    throw new KvError('failed', `${where} holds no Helm release.`, {
      hint: 'Snapshots leave the values of Secrets out, and with them Helm releases.',
    });
  try {
    const text = stored.kind === 'Secret' ? Buffer.from(packed, 'base64').toString('latin1') : packed;
    const bytes = Buffer.from(text, 'base64');
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const json = isGzip ? gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES }) : bytes;
    return record(JSON.parse(json.toString('utf8')));
  } catch (cause) {
    throw new KvError('failed', `${where} cannot be read as a Helm release.`, { cause });
  }
}

/** What `data.release` of a Secret or ConfigMap holds for a release. */
export function packRelease(kind: string, raw: Record<string, unknown>): string {
  const packed = gzipSync(JSON.stringify(raw), { level: 9 }).toString('base64');
  return kind === 'Secret' ? Buffer.from(packed).toString('base64') : packed;
}

function releaseOf(release: Record<string, unknown>): Release {
  const info = record(release['info']);
  const chart = record(release['chart']);
  const metadata = record(chart['metadata']);
  const hooks = Array.isArray(release['hooks']) ? release['hooks'].map(record) : [];
  return {
    name: text(release['name']),
    namespace: text(release['namespace']),
    revision: Number(release['version'] ?? 0),
    status: text(info['status']),
    description: text(info['description']),
    firstDeployed: text(info['first_deployed']),
    lastDeployed: text(info['last_deployed']),
    chart: {
      name: text(metadata['name']),
      version: text(metadata['version']),
      appVersion: text(metadata['appVersion']),
    },
    values: record(release['config']),
    defaults: record(chart['values']),
    manifest: text(release['manifest']),
    hooks: hooks.map(hook => ({
      name: text(hook['name']),
      kind: text(hook['kind']),
      events: Array.isArray(hook['events']) ? hook['events'].map(String) : [],
      manifest: text(hook['manifest']),
    })),
    notes: text(info['notes']),
  };
}

/** The objects of a rendered manifest; documents that are no objects are left out. `List`s are unfolded. */
export function manifestObjects(manifest: string): KubeObject[] {
  return parseAllDocuments(manifest).flatMap(document => unfolded(document.toJS({ maxAliasCount: 100 })));
}

function unfolded(value: unknown): KubeObject[] {
  if (!isRecord(value) || typeof value['kind'] !== 'string') return [];
  if (value['kind'].endsWith('List') && Array.isArray(value['items']))
    return value['items'].flatMap(unfolded);
  return isRecord(value['metadata']) ? [value as unknown as KubeObject] : [];
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

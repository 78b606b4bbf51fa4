import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface BundleObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [field: string]: unknown };
  [field: string]: unknown;
}

const FOLDERS: Record<string, string> = { PersistentVolumeClaim: 'pvcs', PersistentVolume: 'pvs' };

/** Writes objects and logs (`namespace/pod/container` → text) as a support bundle; returns its folder. */
export function writeBundle(objects: BundleObject[], logs: Record<string, string> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'kv-bundle-'));
  const lists = new Map<string, BundleObject[]>();
  for (const object of objects) {
    const folder =
      FOLDERS[object.kind] ?? `${object.kind.toLowerCase()}${object.kind.endsWith('s') ? 'es' : 's'}`;
    const { namespace } = object.metadata;
    const file = namespace ? `${folder}/${namespace}.json` : `${folder}.json`;
    lists.set(file, [...(lists.get(file) ?? []), object]);
  }
  for (const [file, items] of lists) {
    const { apiVersion, kind } = items[0]!;
    write(
      join(root, 'cluster-resources', file),
      JSON.stringify({ apiVersion, kind: `${kind}List`, metadata: {}, items }),
    );
  }
  for (const [path, text] of Object.entries(logs))
    write(join(root, 'cluster-resources/pods/logs', `${path}.log`), text);
  write(
    join(root, 'cluster-info/cluster_version.json'),
    JSON.stringify({ major: '1', minor: '36', gitVersion: 'v1.36.2' }),
  );
  return root;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../../shared/json.ts';
import type { Layout, SourceFile } from './files/layout.ts';
import { readData, readInside, resolveInside } from './files/read.ts';
import { standardKindOfName } from './kinds.ts';

/** Times that the cluster's own clock wrote; times inside messages and specs (certificates, schedules) do not count. */
const FIELDS =
  'creationTimestamp|firstTimestamp|lastTimestamp|lastObservedTime|eventTime|renewTime|timestamp|lastHeartbeatTime|lastTransitionTime|startedAt|finishedAt';
const TIME = String.raw`(\d{4}-\d\d-\d\dT[\d:.]+Z)`;
const WRITTEN = {
  json: new RegExp(String.raw`"(?:${FIELDS})"\s*:\s*"${TIME}"`, 'g'),
  yaml: new RegExp(`^[ -]*(?:${FIELDS}): ["']?${TIME}["']?$`, 'gm'),
};

/** Kinds that are written all the time, so that the newest of them is from when the snapshot was taken. */
const BUSY = [
  ['', 'events'],
  ['events.k8s.io', 'events'],
  ['coordination.k8s.io', 'leases'],
  ['metrics.k8s.io', 'pods'],
  ['metrics.k8s.io', 'nodes'],
];
const SLOW = [
  ['', 'nodes'],
  ['', 'pods'],
];

/**
 * When the snapshot was taken, in Unix milliseconds: what kv's own capture says, else the newest time in events,
 * leases and metrics, else in nodes and pods, else the age of a file.
 */
export async function findCaptureTime(layout: Layout, signal: AbortSignal): Promise<number> {
  const recorded = await fromManifest(layout);
  if (recorded !== undefined) return recorded;
  for (const kinds of [BUSY, SLOW]) {
    const newest = await newestIn(layout, filesOf(layout, kinds), signal);
    if (newest) return Date.parse(newest);
  }
  const paths = [...layout.kinds.values()].flat().map(file => file.path);
  const times = await Promise.all(
    (paths.length > 0 ? paths : [layout.root]).map(async path => (await stat(path)).mtimeMs),
  );
  return Math.max(...times);
}

async function fromManifest(layout: Layout): Promise<number | undefined> {
  const manifest = await readManifest(layout);
  const time = typeof manifest?.['capturedAt'] === 'string' ? Date.parse(manifest['capturedAt']) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** `kv-snapshot.json`, which kv's own captures carry; one that cannot be read counts as none. */
export async function readManifest(layout: Layout): Promise<Record<string, unknown> | undefined> {
  const path = join(layout.root, 'kv-snapshot.json');
  if (!(await resolveInside(layout.root, path))) return undefined;
  const data = await readData(layout.root, path).catch(() => undefined);
  return isRecord(data) ? data : undefined;
}

function filesOf(layout: Layout, kinds: string[][]): SourceFile[] {
  return [...layout.kinds].flatMap(([name, files]) => {
    const kind = standardKindOfName(name);
    return kind && kinds.some(([group, plural]) => kind.group === group && kind.plural === plural)
      ? files
      : [];
  });
}

/** The greatest time as text; all of them are UTC, so text order is time order down to the second. */
async function newestIn(layout: Layout, files: SourceFile[], signal: AbortSignal): Promise<string> {
  let newest = '';
  await Promise.all(
    files.map(async file => {
      const text = await readInside(layout.root, file.path).catch(() => '');
      signal.throwIfAborted();
      const written = file.path.endsWith('.json') ? WRITTEN.json : WRITTEN.yaml;
      for (const [, time = ''] of text.matchAll(written)) if (time > newest) newest = time;
    }),
  );
  return newest;
}

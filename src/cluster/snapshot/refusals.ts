import { isRecord } from '../../shared/json.ts';
import type { ApiError } from '../errors.ts';
import { readManifest } from './captured-at.ts';
import type { Served } from './catalogue.ts';
import type { Layout } from './files/layout.ts';
import { readData } from './files/read.ts';
import { standardKindOfName } from './kinds.ts';
import { failure, qualified } from './status.ts';

/**
 * Why a list is empty when the tool that took the snapshot was not allowed (or able) to read it: an empty list
 * would say that there is nothing. Undefined where nothing of the kind is recorded.
 */
export async function refusalOf(
  layout: Layout,
  served: Served,
  namespace: string | undefined,
): Promise<ApiError | undefined> {
  const said =
    (await fromErrorsFile(layout, served, namespace)) ?? (await fromManifest(layout, served, namespace));
  if (!said) return undefined;
  const message = said.includes('forbidden')
    ? said
    : `${qualified(served)} could not be read when the snapshot was taken: ${said}`;
  return failure(403, 'Forbidden', message, { group: served.group || undefined, kind: served.plural });
}

/** Troubleshoot writes a list of messages for cluster-scoped kinds, a map by namespace for the others. */
async function fromErrorsFile(
  layout: Layout,
  served: Served,
  namespace: string | undefined,
): Promise<string | undefined> {
  if (!served.errors) return undefined;
  const data = await readData(layout.root, served.errors).catch(() => undefined);
  if (Array.isArray(data)) return data.find(item => typeof item === 'string');
  if (!isRecord(data)) return undefined;
  const said = namespace === undefined ? Object.values(data)[0] : (data[namespace] ?? data['']);
  return typeof said === 'string' ? said : undefined;
}

/** kv's own captures list what was forbidden as `secrets` or `secrets in shop`. */
async function fromManifest(
  layout: Layout,
  served: Served,
  namespace: string | undefined,
): Promise<string | undefined> {
  const forbidden = (await readManifest(layout))?.['forbidden'];
  if (!Array.isArray(forbidden)) return undefined;
  const hit = forbidden.some(entry => {
    const [name = '', where] = String(entry).split(' in ');
    const kind = standardKindOfName(name);
    const same = kind
      ? kind.group === served.group && kind.plural === served.plural
      : name === qualified(served);
    return same && (where === undefined || namespace === undefined || where === namespace);
  });
  return hit
    ? `${qualified(served)} is forbidden: whoever took this snapshot was not allowed to list them`
    : undefined;
}

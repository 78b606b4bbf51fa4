import { createTwoFilesPatch } from 'diff';
import { stringify } from 'yaml';
import { isRecord } from '../shared/json.ts';

const NOISE = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp', 'selfLink'];
const NOISY_ANNOTATIONS = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
];

/**
 * Unified diff of two readings of an object as YAML, without what servers change by themselves; '' when nothing
 * else differs. Both sides must have been redacted already.
 */
export function objectDiff(before: unknown, after: unknown): string {
  const from = before === undefined ? '' : yamlOf(before);
  const to = after === undefined ? '' : yamlOf(after);
  if (from === to) return '';
  const text = createTwoFilesPatch('now', 'after', from, to, undefined, undefined, { context: 3 });
  return text.replace(/^=+\n/, '');
}

function yamlOf(object: unknown): string {
  return stringify(withoutNoise(object), { lineWidth: 0, aliasDuplicateObjects: false });
}

function withoutNoise(object: unknown): unknown {
  if (!isRecord(object)) return object;
  const { status: _status, ...rest } = object;
  if (!isRecord(rest.metadata)) return rest;
  const metadata: Record<string, unknown> = { ...rest.metadata };
  for (const key of NOISE) delete metadata[key];
  if (isRecord(metadata.annotations)) {
    const annotations = { ...metadata.annotations };
    for (const key of NOISY_ANNOTATIONS) delete annotations[key];
    metadata.annotations = Object.keys(annotations).length > 0 ? annotations : undefined;
  }
  return { ...rest, metadata };
}

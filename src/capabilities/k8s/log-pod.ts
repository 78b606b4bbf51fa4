import { ApiError } from '../../cluster/errors.ts';
import type { KubeObject } from '../../cluster/types.ts';
import { KvError } from '../../shared/errors.ts';
import type { CapabilityContext } from '../define.ts';
import { podRowOf } from './pod-row.ts';
import { selectPods } from './pod-select.ts';
import { getObject, parseRef } from './target.ts';

/** The pod whose log is meant: itself, or the one of a workload that is worst off. */
export async function podToRead(
  context: CapabilityContext,
  text: string,
  namespace: string,
): Promise<{ pod: KubeObject; note?: string }> {
  const { kind, name } = parseRef(text);
  if (kind === undefined || /^(po|pods?)$/i.test(kind)) {
    return { pod: await getObject(context, { kind: 'Pod', name, namespace }) };
  }
  const { items } = await selectPods(context, { namespace, owner: text });
  if (items.length === 0) {
    throw new KvError('failed', `${text} in namespace "${namespace}" has no pods.`, {
      hint: `See k8s.events({ namespace: '${namespace}' }) for why none was made.`,
    });
  }
  const rows = items.map(pod => ({ pod, row: podRowOf(pod, context.now()) }));
  rows.sort((a, b) => Number(b.row.problem) - Number(a.row.problem) || b.row.restarts - a.row.restarts);
  const { pod, row } = rows[0]!;
  return { pod, note: `read ${pod.metadata.name} (${row.status}), 1 of ${items.length} pods of ${text}` };
}

/** A log that does not exist yet, or no longer, is an answer; every other failure stays one. */
export function unreadable(error: unknown): string {
  const absent = error instanceof ApiError ? error.statusCode === 400 : error instanceof KvError;
  if (!absent || (error as KvError).kind !== 'failed') throw error;
  return (error as KvError).sentence;
}

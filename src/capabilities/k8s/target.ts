import type { KubeObject } from '../../cluster/types.ts';
import type { CapabilityContext } from '../define.ts';

/** `deployment/checkout` → kind and name; a bare name has no kind. */
export function parseRef(text: string): { kind: string | undefined; name: string } {
  const slash = text.indexOf('/');
  if (slash < 0) return { kind: undefined, name: text };
  return { kind: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** One object, from the session's namespace where none is named. */
export function getObject(
  context: CapabilityContext,
  ref: { kind: string; name: string; namespace?: string },
): Promise<KubeObject> {
  const { kind, name } = ref;
  return context.cluster.get({ kind, name, namespace: ref.namespace ?? context.namespace }, context.signal);
}

/** Extra look-ups must not replace the answer, or the failure, that they only add to. */
export async function quietly<T>(context: CapabilityContext, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (context.signal.aborted) throw error;
    return undefined;
  }
}

import type { KubeObject } from '../../cluster/types.ts';
import type { KindState } from './world.ts';

/** The objects of several gatherings, each told once; what is known of a kind is what the first knew. */
export function joinedKinds(
  first: ReadonlyMap<string, KindState>,
  second: ReadonlyMap<string, KindState>,
): Map<string, KindState> {
  const kinds = new Map(first);
  for (const [kind, { items }] of second) {
    const state = kinds.get(kind);
    // Requests are gathered from all namespaces at once.
    if (!state || kind === 'PodRequests') continue;
    const held = new Set(state.items.map(nameOf));
    kinds.set(kind, { ...state, items: [...state.items, ...items.filter(item => !held.has(nameOf(item)))] });
  }
  return kinds;
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

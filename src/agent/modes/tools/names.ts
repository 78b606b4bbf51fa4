import type { Catalog } from '../../../capabilities/catalog.ts';

/** Helpers of scripts: as tools they would do nothing that the model cannot do without them. */
const SCRIPT_HELPERS = /^(?:sleep|state\.(?:get|set|delete|keys)|tools\.describe)$/;
/** Providers accept `^[a-zA-Z0-9_-]{1,64}$`. */
const NAME_CHARACTERS = 64;

/** Tool names of capabilities and back: a table, because `_` may be part of a capability's name. */
export interface ToolNames {
  /** Of every capability that can be a tool, in the catalog's order. */
  readonly capabilities: readonly string[];
  has(capability: string): boolean;
  /** `k8s.pods` → `k8s_pods`. */
  tool(capability: string): string;
  /** The capability a model means: `k8s_pods`, `k8s.pods`, `functions.k8s_pods`; undefined when there is none. */
  capability(tool: string): string | undefined;
  /** Prose written for scripts, with the names that tools mode has. */
  prose(text: string): string;
}

export function createToolNames(catalog: Catalog): ToolNames {
  const capabilities = catalog.names().filter(name => !SCRIPT_HELPERS.test(name));
  const byTool = new Map<string, string>();
  const byCapability = new Map<string, string>();
  for (const name of capabilities) {
    const tool = freeName(name.replace(/[^A-Za-z0-9_-]/g, '_'), byTool);
    byTool.set(tool, name);
    byCapability.set(name, tool);
  }
  const spellings = new Map<string, string>();
  for (const [tool, name] of byTool) {
    for (const spelling of [tool, name]) spellings.set(plain(spelling), name);
  }
  return {
    capabilities,
    has: capability => byCapability.has(capability),
    tool: capability => byCapability.get(capability) ?? capability,
    capability: tool => byTool.get(tool) ?? spellings.get(plain(tool)),
    prose: text => text.replace(/\b[A-Za-z][\w-]*(?:\.[\w-]+)+/g, word => byCapability.get(word) ?? word),
  };
}

function freeName(wanted: string, taken: ReadonlyMap<string, string>): string {
  for (let i = 1; ; i++) {
    const suffix = i === 1 ? '' : `_${i}`;
    const name = wanted.slice(0, NAME_CHARACTERS - suffix.length) + suffix;
    if (!taken.has(name)) return name;
  }
}

/** Without namespaces that models put before a name, separators and case. */
function plain(name: string): string {
  return name
    .trim()
    .replace(/^(?:functions|tools|default_api)[.:/](?=.*[._])/, '')
    .replace(/\(.*$/s, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '');
}

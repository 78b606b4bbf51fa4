import MiniSearch from 'minisearch';
import { z } from 'zod';
import { nearest } from '../shared/nearest.ts';
import { briefDeclarations } from './brief-declarations.ts';
import { declarationsOf, describeCapability } from './declarations.ts';
import { type AnyCapability, defineCapability } from './define.ts';

/** All capabilities of a session, and everything that is derived from their declarations. */
export interface Catalog {
  readonly all: readonly AnyCapability[];
  get(name: string): AnyCapability | undefined;
  /** Every dotted name, as scripts may call it. */
  names(): string[];
  /** The nearest real capability for a name that does not exist, as a ready sentence. */
  suggest(name: string): string | undefined;
  /** Best first; `query` may be several words. */
  search(query: string, limit?: number): Array<{ name: string; summary: string; effect: string }>;
  describe(name: string): string | undefined;
  /** Declarations of everything: what scripts are checked against. */
  declarations(): string;
  /**
   * The named capabilities in the shorthand of the prompt, one line each. Types in `known` are not repeated; those
   * that are printed are added to it.
   */
  briefDeclarations(names: readonly string[], known: Set<string>): string;
  /** All capabilities but the named ones, one line a family. */
  otherNames(names: readonly string[]): string;
}

/** Builds the catalog; `tools.search` and `tools.describe` are added to what is passed in. */
export function createCatalog(capabilities: readonly AnyCapability[]): Catalog {
  const byName = new Map<string, AnyCapability>();
  const index = new MiniSearch<{
    id: string;
    name: string;
    summary: string;
    details: string;
    params: string;
  }>({
    fields: ['name', 'summary', 'details', 'params'],
    tokenize: text => text.split(/[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])/).filter(Boolean),
    searchOptions: {
      boost: { name: 4, summary: 2 },
      prefix: true,
      fuzzy: term => (term.length > 3 ? 0.25 : false),
    },
  });

  const catalog: Catalog = {
    get all() {
      return [...byName.values()];
    },
    get: name => byName.get(name),
    names: () => [...byName.keys()],
    suggest: name => suggestionFor(name, catalog),
    search: (query, limit = 8) =>
      index
        .search(query)
        .slice(0, limit)
        .map(hit => lineOf(byName.get(hit.id as string)!)),
    describe: name => {
      const capability = byName.get(name);
      return capability && describeCapability(capability);
    },
    declarations: () => declarationsOf([...byName.values()].filter(isMember)),
    briefDeclarations: (names, known) =>
      briefDeclarations(
        names.flatMap(name => byName.get(name) ?? []),
        known,
      ),
    otherNames: names =>
      otherNames([...byName.values()].filter(item => !names.includes(item.name) && isMember(item))),
  };

  for (const capability of [...capabilities, ...toolCapabilities(catalog)]) {
    if (byName.has(capability.name)) throw new Error(`two capabilities are named ${capability.name}`);
    byName.set(capability.name, capability);
    index.add({
      id: capability.name,
      name: capability.name,
      summary: capability.summary,
      details: `${capability.details ?? ''} ${capability.examples.map(example => example.title).join(' ')}`,
      params: Object.keys(capability.params.shape).join(' '),
    });
  }
  return catalog;
}

/** `sleep` stands alone and is declared with the language itself: `sleep(ms)`. */
function isMember(capability: AnyCapability): boolean {
  return capability.name.includes('.');
}

function toolCapabilities(catalog: Catalog): AnyCapability[] {
  const search = defineCapability({
    name: 'tools.search',
    effect: 'read',
    reuse: 'never',
    summary: 'Find capabilities by words',
    params: z.object({
      query: z.string().min(1).max(400).describe('a few words'),
      limit: z.int().min(1).max(50).default(8),
    }),
    result: z.array(z.object({ name: z.string(), summary: z.string(), effect: z.string() })),
    examples: [
      { title: 'find how to read rollouts', code: "return tools.search({ query: 'rollout history' })" },
    ],
    run: async (_context, params) => catalog.search(params.query, params.limit),
  });
  const describe = defineCapability({
    name: 'tools.describe',
    effect: 'read',
    reuse: 'never',
    summary: 'Full signature and examples of one capability',
    params: z.object({ name: z.string().describe('e.g. k8s.wait') }),
    result: z.string(),
    examples: [{ title: 'read a signature', code: "return tools.describe({ name: 'k8s.wait' })" }],
    run: async (_context, params) =>
      catalog.describe(params.name) ??
      `There is no ${params.name}. ${catalog.suggest(params.name) ?? ''}`.trim(),
  });
  return [search, describe] as unknown as AnyCapability[];
}

function lineOf(capability: AnyCapability): { name: string; summary: string; effect: string } {
  const effect = typeof capability.effect === 'string' ? capability.effect : 'depends on the request';
  return { name: capability.name, summary: capability.summary, effect };
}

function otherNames(capabilities: AnyCapability[]): string {
  const families = new Map<string, string[]>();
  for (const capability of capabilities) {
    const dot = capability.name.lastIndexOf('.');
    const family = capability.name.slice(0, Math.max(0, dot));
    families.set(family, [...(families.get(family) ?? []), capability.name.slice(dot + 1)]);
  }
  return [...families].map(([family, names]) => `${family}: ${names.join(', ')}`).join('\n');
}

/** Words that models put before or after a verb; each maps a made-up method to the general one. */
const VERBS: Record<string, string> = {
  list: 'list',
  get: 'get',
  describe: 'get',
  read: 'get',
  fetch: 'get',
  find: 'list',
  delete: 'delete',
  remove: 'delete',
  create: 'apply',
  update: 'patch',
  edit: 'patch',
  watch: 'wait',
};

function suggestionFor(name: string, catalog: Catalog): string | undefined {
  const dot = name.lastIndexOf('.');
  const family = name.slice(0, Math.max(0, dot));
  const method = name.slice(dot + 1);
  const siblings = catalog
    .names()
    .filter(other => other.startsWith(`${family}.`))
    .map(other => other.slice(dot + 1));
  // getPodLogs, listEvents, rolloutRestart: the last word is a capability of its own.
  const tail = siblings
    .filter(other => other.length > 2 && method.toLowerCase().endsWith(other.toLowerCase()))
    .sort((a, b) => b.length - a.length)[0];
  if (tail) return meant(catalog, `${family}.${tail}`);
  const parts = /^([a-z]+)_?([A-Z][A-Za-z]*)$/.exec(method);
  const verb = parts && VERBS[parts[1]!];
  if (verb && catalog.get(`${family}.${verb}`)) {
    return `Did you mean ${family}.${verb}({ kind: '${singular(parts[2]!.replace(/^Namespaced/, ''))}', … })?`;
  }
  const near = nearest(method, siblings, 1)[0];
  if (near) return meant(catalog, `${family}.${near}`);
  const found = catalog.search(`${method} ${family}`, 1)[0] ?? catalog.search(method, 1)[0];
  return found && meant(catalog, found.name);
}

/** A suggestion with the parameters, so that the next attempt is right. */
function meant(catalog: Catalog, name: string): string {
  const fields = Object.entries(catalog.get(name)!.params.shape);
  const shown = fields
    .slice(0, 5)
    .map(([key, schema]) => (schema.safeParse(undefined).success ? `${key}?` : key));
  const params = fields.length === 0 ? '' : `{ ${shown.join(', ')}${fields.length > 5 ? ', …' : ''} }`;
  return `Did you mean ${name}(${params})?`;
}

function singular(plural: string): string {
  const word = plural.charAt(0).toUpperCase() + plural.slice(1);
  if (/(ss|sh|ch|x)es$/i.test(word)) return word.slice(0, -2);
  if (/ies$/i.test(word)) return `${word.slice(0, -3)}y`;
  return /[^s]s$/i.test(word) ? word.slice(0, -1) : word;
}

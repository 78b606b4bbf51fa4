import { join } from 'node:path';
import { isRecord } from '../../shared/json.ts';
import type { ApiResource } from '../types.ts';
import { type Layout, RESOURCES, type SourceFile } from './files/layout.ts';
import { peek } from './files/peek.ts';
import { readData, readObjects, resolveInside } from './files/read.ts';
import { customKind, STANDARD_KINDS, splitGroupVersion, standardKind, standardKindOfName } from './kinds.ts';

/** A resource that the snapshot serves, with the files that hold its objects. */
export interface Served extends ApiResource {
  /** Every version it may be asked for by; `version` is the one its objects were captured in. */
  versions: string[];
  hasStatus: boolean;
  /** From a CustomResourceDefinition or an aggregated API: takes no strategic merge patches. */
  custom: boolean;
  files: SourceFile[];
  /** `<kind>-errors.json`, where the collecting tool could not list this kind. */
  errors?: string;
}

/**
 * What the snapshot serves: the standard kinds, the kinds of its files, and what its discovery dump and its
 * CustomResourceDefinitions name besides. The latter two are read only when something asks for them.
 */
export class Catalogue {
  readonly #layout: Layout;
  readonly #served = new Map<string, Served>();
  #whole: Promise<void> | undefined;

  static async open(layout: Layout): Promise<Catalogue> {
    const catalogue = new Catalogue(layout);
    for (const kind of STANDARD_KINDS) if (!kind.optional) catalogue.#add(kind, false);
    const peeked = await Promise.all(
      [...layout.kinds].map(async ([name, files]) => ({
        name,
        files,
        kind: await kindOf(layout, name, files),
      })),
    );
    for (const { files, kind } of peeked) if (kind) catalogue.#addFiles(kind, files);
    for (const [name, path] of layout.errors) {
      const kind = standardKindOfName(name);
      const served = kind && catalogue.#served.get(keyOf(kind.group, kind.plural));
      if (served) served.errors = path;
    }
    return catalogue;
  }

  private constructor(layout: Layout) {
    this.#layout = layout;
  }

  async find(group: string, version: string, plural: string): Promise<Served | undefined> {
    const known = this.#served.get(keyOf(group, plural));
    if (known?.versions.includes(version)) return known;
    await this.#complete();
    const found = this.#served.get(keyOf(group, plural));
    return found?.versions.includes(version) ? found : undefined;
  }

  /** Everything served, the core group first, groups and plurals in alphabetical order. */
  async all(): Promise<Served[]> {
    await this.#complete();
    return [...this.#served.values()].sort((a, b) =>
      keyOf(a.group, a.plural) < keyOf(b.group, b.plural) ? -1 : 1,
    );
  }

  #complete(): Promise<void> {
    this.#whole ??= this.#readRest().catch(error => {
      this.#whole = undefined;
      throw error;
    });
    return this.#whole;
  }

  async #readRest(): Promise<void> {
    for (const resource of await readDiscovery(this.#layout)) this.#add(resource, true);
    const definitions = this.#served.get(keyOf('apiextensions.k8s.io', 'customresourcedefinitions'));
    for (const file of definitions?.files ?? []) {
      const { items } = await readObjects(this.#layout.root, file.path);
      for (const item of items) this.#addDefinition(item);
    }
  }

  #add(resource: ApiResource, seen: boolean): Served {
    const key = keyOf(resource.group, resource.plural);
    const known = this.#served.get(key);
    if (known) {
      if (!known.versions.includes(resource.version)) known.versions.push(resource.version);
      if (seen) {
        const { singular, shortNames, categories, verbs, namespaced } = resource;
        Object.assign(known, { singular, shortNames, categories, verbs, namespaced });
      }
      return known;
    }
    const standard = standardKind(resource.group, resource.kind);
    const served: Served = {
      ...pick(resource),
      versions: [resource.version],
      hasStatus: standard?.hasStatus ?? false,
      custom: !standard,
      files: [],
    };
    this.#served.set(key, served);
    return served;
  }

  #addFiles(kind: ApiResource, files: SourceFile[]): void {
    const served = this.#add(kind, false);
    // The version of the objects is the preferred one, and for old clusters the only one.
    if (served.files.length === 0) Object.assign(served, { version: kind.version, versions: [kind.version] });
    served.files.push(...files);
  }

  #addDefinition(definition: Record<string, unknown>): void {
    const spec = definition['spec'];
    if (!isRecord(spec) || !isRecord(spec['names'])) return;
    const { kind, plural, singular, shortNames, categories } = spec['names'];
    const group = spec['group'];
    if (typeof kind !== 'string' || typeof plural !== 'string' || typeof group !== 'string') return;
    const declared = Array.isArray(spec['versions']) ? spec['versions'].filter(isRecord) : [];
    const versions = declared.filter(version => version['served'] !== false);
    for (const version of versions) {
      if (typeof version['name'] !== 'string') continue;
      const base = customKind({
        group,
        version: version['name'],
        kind,
        plural,
        namespaced: spec['scope'] !== 'Cluster',
      });
      const served = this.#add(
        {
          ...base,
          singular: typeof singular === 'string' ? singular : base.singular,
          shortNames: strings(shortNames),
          categories: strings(categories),
        },
        true,
      );
      const subresources = version['subresources'];
      if (isRecord(subresources) && 'status' in subresources) served.hasStatus = true;
    }
  }
}

/** What kind a file or directory holds: what its objects say, else what its name says. */
async function kindOf(layout: Layout, name: string, files: SourceFile[]): Promise<ApiResource | undefined> {
  const byName = standardKindOfName(name);
  const content = await peek(layout.root, files);
  if (!content) return byName;
  const [group, version] = splitGroupVersion(content.apiVersion);
  const known = standardKind(group, content.kind);
  if (known) return { ...known, version };
  const moved = STANDARD_KINDS.find(kind => kind.kind === content.kind && kind === byName);
  if (moved) return { ...moved, group, version };
  const lower = name.toLowerCase();
  return customKind({
    group,
    version,
    kind: content.kind,
    plural: pluralOf(lower, group, content.kind),
    namespaced:
      files.some(file => file.namespace !== undefined) ||
      content.items.some(item => isRecord(item['metadata']) && Boolean(item['metadata']['namespace'])),
  });
}

function pluralOf(name: string, group: string, kind: string): string {
  if (group && name.endsWith(`.${group}`)) return name.slice(0, -group.length - 1);
  const lower = kind.toLowerCase();
  if (name.replace(/[-_]/g, '').startsWith(lower.slice(0, -1))) return name.replace(/[-_]/g, '');
  if (/(s|x|z|ch|sh)$/.test(lower)) return `${lower}es`;
  return /[^aeiou]y$/.test(lower) ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}

/** `resources.json`: the APIResourceLists of the cluster, so that kinds without objects stay known. */
async function readDiscovery(layout: Layout): Promise<ApiResource[]> {
  const path = join(layout.root, RESOURCES, 'resources.json');
  if (!(await resolveInside(layout.root, path))) return [];
  const data = await readData(layout.root, path);
  const lists = Array.isArray(data) ? data.filter(isRecord) : [];
  return lists.flatMap(list => {
    const [group, version] = splitGroupVersion(String(list['groupVersion'] ?? ''));
    const resources = Array.isArray(list['resources']) ? list['resources'].filter(isRecord) : [];
    return resources.flatMap(({ name, kind, singularName, namespaced, verbs, shortNames, categories }) => {
      if (typeof name !== 'string' || typeof kind !== 'string' || name.includes('/') || !version) return [];
      if (!strings(verbs).includes('list')) return [];
      return {
        ...customKind({ group, version, kind, plural: name, namespaced: namespaced === true }),
        singular: typeof singularName === 'string' && singularName ? singularName : kind.toLowerCase(),
        verbs: strings(verbs),
        shortNames: strings(shortNames),
        categories: strings(categories),
      };
    });
  });
}

function pick(resource: ApiResource): ApiResource {
  const { group, version, kind, plural, singular, shortNames, namespaced, verbs, categories } = resource;
  return { group, version, kind, plural, singular, shortNames, namespaced, verbs, categories };
}

function keyOf(group: string, plural: string): string {
  return `${group}/${plural}`;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}

import { KvError } from '../../shared/errors.ts';
import { nearest } from '../../shared/nearest.ts';
import type { ApiResource } from '../types.ts';
import type { Catalogue } from './discovery.ts';

/** A kind that the cluster does not serve; `nearest` holds the kinds that were probably meant. */
export class UnknownKindError extends KvError {
  readonly wanted: string;
  readonly nearest: string[];

  constructor(wanted: string, near: string[], unavailable: string[]) {
    const broken =
      unavailable.length > 0
        ? ` The API groups ${unavailable.join(', ')} do not answer, so their kinds are missing.`
        : '';
    const meant =
      near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : 'k8s.apiResources() lists the kinds it serves.';
    super('failed', `The cluster serves no kind ${JSON.stringify(wanted)}.`, {
      hint: meant + broken,
      facts: { wanted, nearest: near, unavailable },
    });
    this.wanted = wanted;
    this.nearest = near;
  }
}

interface Wanted {
  name: string;
  group?: string;
  version?: string;
}

/**
 * Finds a resource by any name that people use: kind, plural, singular or short name in any case, alone or as
 * `group/version Kind`, `group/version/plural`, `plural.group` or `plural.version.group`. Among equals the core
 * group wins, then Kubernetes' own groups, then stable versions.
 */
export function findResource(catalogue: Catalogue, wanted: string): ApiResource | undefined {
  for (const reading of readings(wanted.trim())) {
    const pool = reading.version !== undefined ? catalogue.all : catalogue.preferred;
    const inGroup = pool.filter(
      resource =>
        (reading.group === undefined || resource.group === reading.group) &&
        (reading.version === undefined || resource.version === reading.version),
    );
    for (const matches of [byName, byShortName]) {
      const found = inGroup
        .filter(resource => matches(resource, reading.name))
        .sort((a, b) => rank(a) - rank(b));
      if (found[0]) return found[0];
    }
  }
  return undefined;
}

/** The kinds someone who wrote `wanted` most likely meant. */
export function nearestKinds(catalogue: Catalogue, wanted: string): string[] {
  const name = readings(wanted.trim()).at(-1)?.name ?? wanted;
  const kindOf = new Map<string, string>();
  for (const resource of [...catalogue.preferred].sort((a, b) => rank(b) - rank(a))) {
    for (const alias of [resource.singular, resource.plural, resource.kind]) kindOf.set(alias, resource.kind);
  }
  return [...new Set(nearest(name, kindOf.keys(), 8).map(alias => kindOf.get(alias)!))].slice(0, 3);
}

function readings(wanted: string): Wanted[] {
  const parts = wanted.split(/[\s/,]+/).filter(Boolean);
  if (parts.length === 3) return [{ group: parts[0], version: parts[1], name: parts[2]! }];
  if (parts.length === 2) {
    const [first, name] = parts as [string, string];
    return /^v\d/.test(first) ? [{ group: '', version: first, name }] : [{ group: first, name }];
  }
  const [name, ...rest] = wanted.split('.');
  if (!name || rest.length === 0) return [{ name: wanted }];
  const versioned: Wanted[] = /^v\d/.test(rest[0]!)
    ? [{ name, version: rest[0], group: rest.slice(1).join('.') }]
    : [];
  return [...versioned, { name, group: rest.join('.') }];
}

function byName(resource: ApiResource, name: string): boolean {
  const lower = name.toLowerCase();
  return (
    resource.kind.toLowerCase() === lower ||
    resource.plural === lower ||
    resource.singular.toLowerCase() === lower
  );
}

function byShortName(resource: ApiResource, name: string): boolean {
  return resource.shortNames.includes(name.toLowerCase());
}

function rank({ group, version }: ApiResource): number {
  const origin =
    group === ''
      ? 0
      : !group.includes('.')
        ? 1
        : group.endsWith('.k8s.io') && group !== 'metrics.k8s.io'
          ? 2
          : 3;
  const maturity = /alpha/.test(version) ? 2 : /beta/.test(version) ? 1 : 0;
  return origin * 10 + maturity;
}

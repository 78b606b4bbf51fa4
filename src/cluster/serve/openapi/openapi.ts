import { isRecord } from '../../../shared/json.ts';
import { discover } from '../../client/discovery.ts';
import { pathOf } from '../../client/paths.ts';
import { readJson, type Transport } from '../../transport.ts';
import type { ApiResource } from '../../types.ts';
import { loadModels, type Models } from './models.ts';
import { INT_OR_STRING, type Schema, schemaName, schemaOf } from './schema.ts';

/** What clients look for in an operation to know that the server itself checks fields. */
const PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map(name => ({
  name,
  in: 'query',
  schema: { type: 'string' },
}));

/**
 * OpenAPI v3 of a served cluster, as far as `kubectl explain` and the validation of `kubectl apply` need it. A
 * snapshot holds no schema of its server: built-in kinds get that of the client library kv is built with (fields,
 * types, descriptions, of its Kubernetes version), kinds of CustomResourceDefinitions what their definitions say.
 */
export class OpenApi {
  readonly #transport: Transport;
  #models: Promise<Models> | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Answers `/openapi/v3` and below; undefined for what is not there. */
  async answer(path: string, signal: AbortSignal): Promise<unknown> {
    const { all } = await discover(this.#transport, signal);
    const places = Map.groupBy(all, placeOf);
    if (/^\/openapi\/v3\/?$/.test(path)) {
      const urls = [...places.keys()].map(place => [place, { serverRelativeURL: `/openapi/v3/${place}` }]);
      return { paths: Object.fromEntries(urls) };
    }
    const resources = places.get(path.replace(/^\/openapi\/v3\//, ''));
    return resources && this.#document(resources, signal);
  }

  async #document(resources: ApiResource[], signal: AbortSignal): Promise<unknown> {
    this.#models ??= loadModels();
    const models = await this.#models;
    const schemas: Record<string, Schema> = { IntOrString: INT_OR_STRING };
    const paths: Record<string, unknown> = {};
    for (const resource of resources) {
      const { group, version, kind } = resource;
      const gvk = { group, version, kind };
      const model = models.nameOf(group, version, kind);
      const schema = model ? undefined : await this.#definedSchema(resource, signal);
      const key = model ? schemaName(model) : `${group}.${version}.${kind}`;
      if (model) await collect(models, model, schemas);
      else schemas[key] = schema ?? { type: 'object' };
      schemas[key] = { ...schemas[key], 'x-kubernetes-group-version-kind': [gvk] };
      for (const at of pathsOf(resource)) {
        const operation = { 'x-kubernetes-group-version-kind': gvk, responses: {} };
        paths[at] = { get: operation, patch: { ...operation, parameters: PARAMETERS } };
      }
    }
    const info = { title: 'Kubernetes', version: 'kv' };
    return { openapi: '3.0.0', info, paths, components: { schemas } };
  }

  /** What a CustomResourceDefinition says of its kind. */
  async #definedSchema(resource: ApiResource, signal: AbortSignal): Promise<Schema | undefined> {
    const { plural, group, version } = resource;
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.${group}`;
    try {
      const response = await this.#transport.request({ method: 'GET', path, signal });
      const { spec } = await readJson<{ spec?: { versions?: unknown[] } }>(response);
      const found = (spec?.versions ?? []).find(item => isRecord(item) && item['name'] === version);
      const schema: unknown =
        isRecord(found) && isRecord(found['schema']) && found['schema']['openAPIV3Schema'];
      return isRecord(schema) ? (schema as Schema) : undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error)) throw error;
      return undefined;
    }
  }
}

/** `api/v1`, `apis/apps/v1` */
function placeOf({ group, version }: ApiResource): string {
  return group ? `apis/${group}/${version}` : `api/${version}`;
}

function pathsOf(resource: ApiResource): string[] {
  const all = pathOf(resource);
  if (!resource.namespaced) return [all, `${all}/{name}`];
  const one = `/${placeOf(resource)}/namespaces/{namespace}/${resource.plural}`;
  return [all, one, `${one}/{name}`];
}

/** Adds a type and every type below it. */
async function collect(models: Models, name: string, into: Record<string, Schema>): Promise<void> {
  const waiting = [name];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const key = schemaName(next);
    const model = key in into ? undefined : await models.model(next);
    if (!model) continue;
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    for (const { baseName, type, format } of model.attributes) {
      const told = model.fields.get(baseName);
      properties[baseName] = {
        ...schemaOf(type, format, found => waiting.push(found)),
        ...(told?.description && { description: told.description }),
      };
      if (told?.required) required.push(baseName);
    }
    into[key] = {
      type: 'object',
      ...(model.description && { description: model.description }),
      properties,
      ...(required.length > 0 && { required }),
    };
  }
}

import { readFile } from 'node:fs/promises';
import type { Attribute } from './schema.ts';

/** The fields of one built-in type, and what the Kubernetes documentation says of it and of them. */
export interface Model {
  name: string;
  attributes: Attribute[];
  description: string;
  fields: Map<string, { description: string; required: boolean }>;
}

interface ModelClass {
  getAttributeTypeMap(): Attribute[];
}

/**
 * The types that @kubernetes/client-node was generated with from the Kubernetes OpenAPI: fields and types from its
 * model classes, descriptions from the comments of their declarations.
 */
export class Models {
  readonly #classes: ReadonlyMap<string, ModelClass>;
  readonly #folder: URL;

  constructor(classes: ReadonlyMap<string, ModelClass>, folder: URL) {
    this.#classes = classes;
    this.#folder = folder;
  }

  /** The class of a kind: `V1Pod`, `V2HorizontalPodAutoscaler`; two groups have an `Event` each. */
  nameOf(group: string, version: string, kind: string): string | undefined {
    const short = (group.split('.')[0] || 'core').replace(/^./, letter => letter.toUpperCase());
    const tail = `${version.replace(/^v/, 'V')}${kind}`;
    return [`${short}${tail}`, tail].find(name => this.#classes.has(name));
  }

  async model(name: string): Promise<Model | undefined> {
    const found = this.#classes.get(name);
    if (!found) return undefined;
    const declared = await readFile(new URL(`${name}.d.ts`, this.#folder), 'utf8').catch(() => '');
    return { name, attributes: found.getAttributeTypeMap(), ...documentation(declared) };
  }
}

/** Loads the types: about half a second, so only when a client asks for a schema. */
export async function loadModels(): Promise<Models> {
  const library = (await import('@kubernetes/client-node')) as unknown as Record<string, Partial<ModelClass>>;
  const classes = new Map(
    Object.entries(library).filter(
      (entry): entry is [string, ModelClass] => typeof entry[1]?.getAttributeTypeMap === 'function',
    ),
  );
  const entry = import.meta.resolve('@kubernetes/client-node');
  return new Models(classes, new URL('./gen/models/', entry));
}

const COMMENT = /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*(?:export declare class \w+|'([^']+)'(\??):)/g;

function documentation(declared: string): Pick<Model, 'description' | 'fields'> {
  const fields: Model['fields'] = new Map();
  let description = '';
  for (const [, comment = '', field, optional] of declared.matchAll(COMMENT)) {
    const text = comment
      .replace(/^\s*\* ?/gm, '')
      .replaceAll('\\"', '"')
      .trim();
    if (field === undefined) description = text;
    else fields.set(field, { description: text, required: optional === '' });
  }
  return { description, fields };
}

/** The part of an OpenAPI 3 schema that kv writes. */
export interface Schema {
  type?: string;
  format?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema;
  allOf?: Schema[];
  $ref?: string;
  [extension: `x-${string}`]: unknown;
}

/** One field of a model class of @kubernetes/client-node, as its `getAttributeTypeMap` tells it. */
export interface Attribute {
  baseName: string;
  /** `string`, `Date`, `Array<V1Container>`, `{ [key: string]: string; }`, `V1PodSpec`, … */
  type: string;
  /** `int32`, `date-time`, …; '' for none. */
  format: string;
}

/** What stands for a number or a string, as ports and percentages do. */
export const INT_OR_STRING: Schema = { type: 'string', format: 'int-or-string' };

/** The schema of a field; classes that it names are given to `seen`. */
export function schemaOf(type: string, format: string, seen: (name: string) => void): Schema {
  const list = /^Array<(.+)>$/.exec(type)?.[1];
  if (list) return { type: 'array', items: schemaOf(list, format, seen) };
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (map) return { type: 'object', additionalProperties: schemaOf(map, format, seen) };
  switch (type) {
    case 'any':
    case 'object':
      return { type: 'object' };
    case 'number':
      return { type: /^int/.test(format) ? 'integer' : 'number', ...(format && { format }) };
    case 'Date':
    case 'V1MicroTime':
      return { type: 'string', format: 'date-time' };
    case 'IntOrString':
      return { allOf: [{ $ref: '#/components/schemas/IntOrString' }] };
    case 'string':
    case 'boolean':
      return { type, ...(format && { format }) };
    default:
      seen(type);
      return { allOf: [{ $ref: `#/components/schemas/${schemaName(type)}` }] };
  }
}

/** `V1PodSpec` as clients show it: `v1.PodSpec`; `CoreV1Event` is `core.v1.Event`. */
export function schemaName(model: string): string {
  const [, group = '', version = '', name = model] =
    /^(.*?)(V\d+(?:(?:alpha|beta)\d+)?)([A-Z].*)$/.exec(model) ?? [];
  return [group.toLowerCase(), version.toLowerCase(), name].filter(Boolean).join('.');
}

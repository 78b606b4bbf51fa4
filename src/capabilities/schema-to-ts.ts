import { z } from 'zod';
import { isRecord } from '../shared/json.ts';

/** What of JSON Schema zod prints for the schemas that capabilities use. */
export interface JsonSchema {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  prefixItems?: JsonSchema[];
  additionalProperties?: boolean | JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  description?: string;
  default?: unknown;
}

/** TypeScript for a zod schema, and the named types (`.meta({ id })`) that it refers to. */
export interface TypeText {
  text: string;
  named: Map<string, string>;
}

/**
 * Prints a zod schema as a TypeScript type: `input` as a caller writes it (defaults are optional), `output` as a
 * script receives it. Descriptions of properties become trailing comments when `comments` is set.
 */
export function typeText(schema: z.ZodType, io: 'input' | 'output', comments: boolean): TypeText {
  const json = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema;
  const named = new Map<string, string>();
  for (const [id, definition] of Object.entries(json.$defs ?? {})) named.set(id, print(definition, comments));
  if (json.$ref === undefined && isNamed(schema)) {
    const id = schema.meta()?.id as string;
    named.set(id, print(json, comments));
    return { text: id, named };
  }
  return { text: print(json, comments), named };
}

function isNamed(schema: z.ZodType): boolean {
  return typeof schema.meta()?.id === 'string';
}

function print(schema: JsonSchema, comments: boolean): string {
  if (schema.$ref) return schema.$ref.split('/').pop()!;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map(value => JSON.stringify(value)).join(' | ');
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return [...new Set(union.map(part => print(part, comments)))].join(' | ');
  if (schema.allOf) return schema.allOf.map(part => print(part, comments)).join(' & ');
  if (Array.isArray(schema.type))
    return schema.type.map(type => print({ ...schema, type }, comments)).join(' | ');
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return printArray(schema, comments);
    case 'object':
      return printObject(schema, comments);
    default:
      return 'any';
  }
}

function printArray(schema: JsonSchema, comments: boolean): string {
  if (schema.prefixItems) return `[${schema.prefixItems.map(item => print(item, comments)).join(', ')}]`;
  const item = print(schema.items ?? {}, comments);
  return /[|&]/.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
}

function printObject(schema: JsonSchema, comments: boolean): string {
  const required = new Set(schema.required ?? []);
  const lines = Object.entries(schema.properties ?? {}).map(([key, value]) => {
    const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
    const note = comments ? noteOf(value) : '';
    return `${name}${required.has(key) ? '' : '?'}: ${print(value, comments)};${note}`;
  });
  const extra = schema.additionalProperties;
  if (extra === true || (isRecord(extra) && Object.keys(extra).length === 0))
    lines.push('[field: string]: any;');
  else if (isRecord(extra)) {
    const value = print(extra as JsonSchema, comments);
    // A typed index signature has to admit the declared properties too.
    lines.push(`[field: string]: ${lines.length > 0 ? 'any' : value};`);
  }
  if (lines.length === 0) return '{}';
  const multiline = lines.some(line => line.includes('//')) || lines.join(' ').length > 100;
  return multiline ? `{\n${indent(lines.join('\n'))}\n}` : `{ ${lines.join(' ')} }`;
}

function noteOf(schema: JsonSchema): string {
  const parts = [];
  if (schema.description) parts.push(schema.description);
  if (schema.default !== undefined && !isRecord(schema.default))
    parts.push(`default ${JSON.stringify(schema.default)}`);
  return parts.length === 0 ? '' : ` // ${parts.join('; ').replaceAll('\n', ' ')}`;
}

/** Two spaces before every line. */
export function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

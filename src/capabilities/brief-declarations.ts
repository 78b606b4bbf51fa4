import { z } from 'zod';
import { isRecord } from '../shared/json.ts';
import { isRare, noteFor } from './brief.ts';
import type { AnyCapability } from './define.ts';
import type { JsonSchema } from './schema-to-ts.ts';

interface BriefSchema extends JsonSchema {
  note?: string;
  rare?: boolean;
}

/**
 * Capabilities in the shorthand of the prompt, one line each: a field without a type is a string, `?` is optional,
 * the Promise around a result goes without saying, and rare fields are left to `tools.describe`. Named types stand
 * before the line that first needs them, and only if they are not in `known`, to which they are added.
 */
export function briefDeclarations(capabilities: readonly AnyCapability[], known: Set<string>): string {
  return capabilities
    .flatMap(capability => {
      const named = new Map<string, string>();
      const params = printRoot(capability.params, 'input', named);
      const result = printRoot(capability.result, 'output', named);
      const fresh = [...named].filter(([id]) => !known.has(id));
      for (const [id] of fresh) known.add(id);
      const optional = capability.params.safeParse({}).success ? '?' : '';
      const given = params === '{}' ? '' : params + optional;
      const { brief = capability.summary } = capability;
      return [
        ...fresh.map(([id, text]) => `type ${id} = ${text}`),
        `${capability.name}(${given}): ${result}${brief === '' ? '' : ` // ${brief}`}`,
      ];
    })
    .join('\n');
}

function printRoot(schema: z.ZodType, io: 'input' | 'output', named: Map<string, string>): string {
  const json = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const target = jsonSchema as BriefSchema;
      target.rare = isRare(zodSchema);
      target.note = noteFor(zodSchema, target.description);
    },
  }) as BriefSchema;
  for (const [id, definition] of Object.entries(json.$defs ?? {})) named.set(id, print(definition));
  const id = schema.meta()?.id;
  if (json.$ref || typeof id !== 'string') return print(json);
  named.set(id, print(json));
  return id;
}

/** The type; '' for a string, which is what a field is unless it says otherwise. */
function field(schema: BriefSchema): string {
  const text = print(schema);
  const note = schema.note ? ` /*${schema.note}*/` : '';
  return `${text === 'string' ? '' : `: ${text}`}${note}`;
}

function print(schema: BriefSchema): string {
  if (schema.$ref) return schema.$ref.split('/').pop()!;
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum) return schema.enum.map(literal).join('|');
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return [...new Set(union.map(print))].join('|');
  if (schema.allOf) return schema.allOf.map(print).join('&');
  if (Array.isArray(schema.type)) return schema.type.map(type => print({ ...schema, type })).join('|');
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      return printArray(schema);
    case 'object':
      return printObject(schema);
    default:
      return 'any';
  }
}

function printArray(schema: BriefSchema): string {
  if (schema.prefixItems) return `[${schema.prefixItems.map(print).join(', ')}]`;
  const item = print(schema.items ?? {});
  return /[|&]/.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
}

function printObject(schema: BriefSchema): string {
  const required = new Set(schema.required ?? []);
  const fields = Object.entries((schema.properties ?? {}) as Record<string, BriefSchema>)
    .filter(([, value]) => !value.rare)
    .map(([key, value]) => {
      const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
      return `${name}${required.has(key) ? '' : '?'}${field(value)}`;
    });
  const extra = schema.additionalProperties;
  if (isRecord(extra) && Object.keys(extra).some(key => key !== 'note' && key !== 'rare')) {
    if (fields.length === 0) return `Record<string, ${print(extra as BriefSchema)}>`;
    fields.push('…');
  } else if (extra === true || isRecord(extra)) fields.push('…');
  return `{${fields.join(', ')}}`;
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}

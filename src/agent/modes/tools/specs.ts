import { z } from 'zod';
import { isRare, noteFor } from '../../../capabilities/brief.ts';
import type { AnyCapability } from '../../../capabilities/define.ts';
import type { ToolSpec } from '../../../llm/port.ts';
import { isRecord } from '../../../shared/json.ts';
import { capText } from '../../../shared/truncate.ts';
import type { ToolNames } from './names.ts';

/** What the system prompt says once for all tools, and what the parameter's name says by itself. */
const NEEDLESS =
  /^(?:(?:'\*' = all; )?default: .*|kind, plural or short name.*|kind of the workload|RFC 3339|(?:rows|items|findings) at most|in all|the node's name|object's kind.*)$/;
/** Of JSON Schema, what a call is checked against anyway: one that breaks it is told how. */
const STRUCTURE = new Set([
  'type',
  'enum',
  'items',
  'anyOf',
  'description',
  'default',
  'required',
  'properties',
]);
/** Characters of the names of further tools. */
const NAMED_CHARACTERS = 400;
/** Objects inside parameters are named, not spelled out, below this depth. */
const DEPTH = 1;

/**
 * A capability as a tool, on a diet: a sentence or two, the parameters that callers use (rare ones are accepted
 * all the same), no bounds, and a default only where it is a word that could not be guessed.
 */
export function toolSpec(capability: AnyCapability, names: ToolNames): ToolSpec {
  const schema = z.toJSONSchema(capability.params, { io: 'input', unrepresentable: 'any' });
  const properties: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(capability.params.shape)) {
    const own = schema.properties?.[key];
    if (!isRecord(own) || isRare(field)) continue;
    const { description: said, ...rest } = own;
    const note = names.prose(noteFor(field, typeof said === 'string' ? said : undefined));
    properties[key] = lean({ ...rest, ...(note && !NEEDLESS.test(note) ? { description: note } : {}) }, 0);
  }
  const { required = [] } = schema;
  return {
    name: names.tool(capability.name),
    description: names.prose(descriptionOf(capability)),
    inputSchema: { type: 'object', properties, ...(required.length > 0 ? { required } : {}) },
  };
}

/** A result has no type to look at here, so the summary stays where code mode can do without it. */
function descriptionOf({ summary, brief, details }: AnyCapability): string {
  if (brief) return `${summary}; ${brief}`;
  return details ? `${summary}. ${details}` : summary;
}

function lean(schema: Record<string, unknown>, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (!STRUCTURE.has(key)) continue;
    if (key === 'items' && isRecord(value)) out[key] = lean(value, depth + 1);
    // Any of several forms: the description says which, and a call that is wrong is told.
    else if (key === 'anyOf' || (key === 'properties' && depth >= DEPTH)) continue;
    else if (key === 'required' && depth >= DEPTH) continue;
    else if (key === 'default' && !isWord(value)) continue;
    else out[key] = value;
  }
  return out;
}

/** A default of a number, of no or of nothing is what callers expect, or never notice. */
function isWord(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** The tool that finds tools: it names the ones that few questions need, so that a search can be exact. */
export function searchSpec(search: AnyCapability, names: ToolNames, offered: readonly string[]): ToolSpec {
  const others = names.capabilities.filter(name => name !== search.name && !offered.includes(name));
  // Of Kubernetes what can be done, of all else what it is about.
  const short = others.map(name => /^k8s\.(.*)/.exec(name)?.[1] ?? name.slice(0, name.lastIndexOf('.')));
  return {
    ...toolSpec(search, names),
    description: `Get more tools, by words. There are: ${capText([...new Set(short)].join(', '), NAMED_CHARACTERS)}`,
    inputSchema: {
      type: 'object',
      properties: { query: { type: 'string' } },
      required: ['query'],
    },
  };
}

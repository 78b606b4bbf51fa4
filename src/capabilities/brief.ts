import { z } from 'zod';

/**
 * What the prompt of code mode says of a field. The full description stays in `tools.describe`, in the JSON Schema
 * of tools mode and in what scripts are checked against.
 */
interface Brief {
  /** A comment of a few words; '' for none, where the name says it. */
  note?: string;
  /** Left out of the prompt. */
  rare?: boolean;
}

const briefs = z.registry<Brief>();

/** Longest description that stands in the prompt as it is. */
const NOTE_CHARACTERS = 120;

/** Says in the prompt what `note` says, instead of the field's description. */
export function brief<T extends z.ZodType>(schema: T, note: string): T {
  briefs.add(schema, { note });
  return schema;
}

/** Leaves a field out of the prompt: few scripts need it, and `tools.describe` shows it. */
export function rare<T extends z.ZodType>(schema: T): T {
  briefs.add(schema, { rare: true });
  return schema;
}

export function isRare(schema: z.core.$ZodType): boolean {
  return briefs.get(schema as z.ZodType)?.rare === true;
}

export function noteFor(schema: z.core.$ZodType, description: string | undefined): string {
  const note = briefs.get(schema as z.ZodType)?.note;
  if (note !== undefined) return note;
  return description !== undefined && description.length <= NOTE_CHARACTERS ? description : '';
}

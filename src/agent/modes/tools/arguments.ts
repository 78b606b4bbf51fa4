import { z } from 'zod';
import type { AnyCapability } from '../../../capabilities/define.ts';
import { isRecord } from '../../../shared/json.ts';

export interface ToolArguments {
  args: Record<string, unknown>;
  /** Which page of the result is wanted; 1 where none was asked for. */
  page: number;
}

/** The parameter that every tool has beside its own. */
export function pageParameter(capability: AnyCapability): string {
  return 'page' in capability.params.shape ? 'result_page' : 'page';
}

/**
 * What a model meant by its input: models write numbers and lists as text, and `null` for what they leave out.
 * What remains wrong is refused, with a reason, by the capability's own check.
 */
export function readArguments(capability: AnyCapability, input: unknown): ToolArguments {
  const given = parsed(input);
  const { shape } = capability.params;
  const paging = pageParameter(capability);
  const args: Record<string, unknown> = {};
  let page = 1;
  for (const [key, value] of Object.entries(given)) {
    if (key === paging) page = Math.max(1, Math.trunc(Number(value)) || 1);
    else {
      const field = Object.hasOwn(shape, key) ? shape[key] : undefined;
      const meant = field ? meantBy(field, value) : value;
      if (meant !== undefined) args[key] = meant;
    }
  }
  return { args, page };
}

function parsed(input: unknown): Record<string, unknown> {
  if (isRecord(input)) return input;
  try {
    const value: unknown = typeof input === 'string' ? JSON.parse(input) : {};
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function meantBy(field: z.core.$ZodType, value: unknown): unknown {
  const accepts = (candidate: unknown) => z.safeParse(field, candidate).success;
  if (value === undefined || accepts(value)) return value;
  if ((value === null || value === '') && accepts(undefined)) return undefined;
  if (typeof value !== 'string') return value;
  const readings = [asJson(value), [value], value.split(',').map(part => part.trim())];
  return readings.find(reading => reading !== undefined && accepts(reading)) ?? value;
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(
      text.toLowerCase() === 'true' || text.toLowerCase() === 'false' ? text.toLowerCase() : text,
    );
  } catch {
    return undefined;
  }
}

import type { ShowResponse } from 'ollama';

/** Used where neither the user nor the model's own file says otherwise: memory grows with the window. */
export const DEFAULT_CONTEXT_LENGTH = 16_384;

export interface ModelTraits {
  tools: boolean;
  /** Tokens, sent as `num_ctx`. */
  contextLength: number;
}

/**
 * What `/api/show` tells about a model. The window is the user's wish, else the Modelfile's `num_ctx`, else the
 * default, and never more than the model was trained for.
 */
export function traitsOf(shown: Partial<ShowResponse>, wished: number | undefined): ModelTraits {
  const trained = trainedLength(shown.model_info);
  const chosen = wished ?? modelfileLength(shown.parameters) ?? DEFAULT_CONTEXT_LENGTH;
  return {
    // Servers older than 0.6.4 list no capabilities; their templates tell.
    tools: shown.capabilities?.includes('tools') ?? shown.template?.includes('.Tools') ?? false,
    contextLength: trained ? Math.min(chosen, trained) : chosen,
  };
}

function trainedLength(info: unknown): number | undefined {
  const entries: Array<[string, unknown]> =
    info instanceof Map ? [...info] : Object.entries((info ?? {}) as Record<string, unknown>);
  const value = entries.find(([key]) => key.endsWith('.context_length'))?.[1];
  return typeof value === 'number' && value > 0 ? value : undefined;
}

function modelfileLength(parameters: string | undefined): number | undefined {
  const found = /^num_ctx\s+(\d+)/m.exec(parameters ?? '');
  return found ? Number(found[1]) : undefined;
}

/** Limits of one model, in tokens. */
export interface ModelLimits {
  contextWindow: number;
  maxOutput: number;
}

/** As of 2026-11-21, https://platform.claude.com/docs/en/about-claude/models/overview. The longest prefix counts. */
const CLAUDE_LIMITS: Readonly<Record<string, ModelLimits>> = {
  'claude-fable-5': { contextWindow: 1_000_000, maxOutput: 128_000 },
  'claude-mythos-5': { contextWindow: 1_000_000, maxOutput: 128_000 },
  'claude-opus-5': { contextWindow: 1_000_000, maxOutput: 128_000 },
  'claude-sonnet-5': { contextWindow: 1_000_000, maxOutput: 128_000 },
  'claude-haiku-5-5': { contextWindow: 1_000_000, maxOutput: 128_000 },
  'claude-opus-4-8': { contextWindow: 1_000_000, maxOutput: 128_000 },
  'claude-opus-4-7': { contextWindow: 1_000_000, maxOutput: 128_000 },
  'claude-opus-4-6': { contextWindow: 1_000_000, maxOutput: 128_000 },
  'claude-sonnet-4-6': { contextWindow: 1_000_000, maxOutput: 64_000 },
  'claude-opus-4': { contextWindow: 200_000, maxOutput: 32_000 },
  'claude-opus-4-5': { contextWindow: 200_000, maxOutput: 64_000 },
  'claude-sonnet-4': { contextWindow: 200_000, maxOutput: 64_000 },
  'claude-haiku-4-5': { contextWindow: 200_000, maxOutput: 64_000 },
};

/** What a Claude model not listed here is taken for: cautious in the window, no cap on the answer. */
const UNKNOWN: ModelLimits = { contextWindow: 200_000, maxOutput: Number.POSITIVE_INFINITY };

export function claudeLimits(id: string): ModelLimits {
  const known = Object.keys(CLAUDE_LIMITS)
    .filter(prefix => id === prefix || id.startsWith(`${prefix}-`))
    .sort((a, b) => b.length - a.length)[0];
  return known ? CLAUDE_LIMITS[known]! : UNKNOWN;
}

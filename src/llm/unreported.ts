import type { TokenUsage } from './port.ts';

/** What a model says that reports no usage: whoever asked it counts by itself. */
export const UNREPORTED: Readonly<TokenUsage> = Object.freeze({
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  estimated: true,
});

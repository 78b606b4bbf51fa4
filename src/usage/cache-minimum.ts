/** Models of Anthropic's whose cacheable prefix has to be this long, in tokens; shorter ones are not cached. */
const LONG_MINIMUM = 4096;
const LONG = /^claude-(opus-4-[5-8]|haiku-4-5)(-|$)/;

/**
 * Shortest prefix that a provider caches, in tokens, from https://platform.claude.com/docs/en/build-with-claude/prompt-caching.
 * Models that are not listed there get the smallest minimum of all.
 */
export function cacheMinimum(model: { id: string }): number {
  return LONG.test(model.id) ? LONG_MINIMUM : 1024;
}

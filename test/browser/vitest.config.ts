import { defineConfig } from 'vitest/config';

/** Checks in a real browser; needs Chromium, so it is no part of `npm test`. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/browser/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: ['test/browser/global-setup.ts'],
    env: { KV_TEST: '1' },
  },
});

import { defineConfig } from 'vitest/config';

/** Apart from the other tests: the first run builds Ollama (minutes of compiling) and fetches 240 MB of weights. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/ollama/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 180_000,
    hookTimeout: 1_800_000,
  },
});

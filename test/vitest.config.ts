import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: [
      'test/cluster/**',
      'test/bench/**',
      'test/browser/**',
      'test/ebpf/**',
      'test/ollama/**',
      '**/node_modules/**',
    ],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    env: { KV_TEST: '1' },
  },
});

import { defineConfig } from 'vitest/config';

/**
 * Suites against a real control plane, which global-setup.ts brings up. With KV_TEST_KUBELET=0 there is no real
 * node (no root needed), and the suites that watch containers run and crash, `*.node.test.ts`, are left out.
 */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/cluster/**/*.test.ts'],
    exclude: process.env['KV_TEST_KUBELET'] === '0' ? ['**/*.node.test.ts'] : [],
    globalSetup: ['test/cluster/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    teardownTimeout: 60_000,
    env: { KV_TEST: '1' },
  },
});

import { defineConfig } from 'vitest/config';

/** Suites that record real programs with real eBPF: root and Linux 6.1 or newer; global-setup.ts installs the rest. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/ebpf/**/*.test.ts'],
    globalSetup: ['test/ebpf/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { KV_TEST: '1' },
  },
});

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packages = ['clang', 'gcc', 'make', 'libc6-dev', 'libbpf-dev', 'libelf-dev', 'zlib1g-dev', 'unzip'];

declare module 'vitest' {
  export interface ProvidedContext {
    /** Holds kv-tracer, the stub libraries and the programs that call them. */
    built: string;
  }
}

function run(command: string, args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr}`);
}

/** Builds the helper and the stubs aside, once for all suites. A machine that cannot do so fails here. */
export default function setup(project: TestProject): () => void {
  if (process.getuid?.() !== 0) throw new Error('These suites place probes in the kernel: run them as root.');
  if (spawnSync('dpkg', ['-s', ...packages]).status !== 0) {
    run('apt-get', ['update']);
    run('apt-get', ['install', '--yes', '--no-install-recommends', ...packages]);
  }
  const built = mkdtempSync(join(tmpdir(), 'kv-ebpf-'));
  // Readable by the unprivileged user that one suite becomes.
  chmodSync(built, 0o755);
  run('make', ['--silent', '-C', 'native', `OUT=${built}`]);
  run('sh', ['test/ebpf/stubs/build.sh', built]);
  run('sh', ['test/ebpf/scenarios/programs/build.sh', join(built, 'scenarios')]);
  project.provide('built', built);
  return () => rmSync(built, { recursive: true, force: true });
}

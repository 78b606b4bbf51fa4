import type { RecordingOptions } from './recording.ts';

export interface HelperTargets {
  pids: readonly number[];
  /** Executables and libraries to probe before anything runs them. */
  files: readonly string[];
}

/** The command line of kv-tracer (native/README.md). */
export function helperFlags(options: RecordingOptions, { pids, files }: HelperTargets): string[] {
  return [
    ...pids.flatMap(pid => ['--pid', String(pid)]),
    ...options.cgroups.flatMap(path => ['--cgroup', path]),
    ...files.flatMap(file => ['--library', file]),
    ...(options.all ? ['--all'] : ['--min-duration-us', String(options.minDurationUs)]),
    ...(options.sample > 0 ? ['--sample', String(options.sample)] : []),
    ...(options.durationS === undefined ? [] : ['--duration', String(options.durationS)]),
    ...(options.stacks ? ['--stacks'] : []),
    ...(options.host ? [] : ['--no-host']),
    ...(options.nccl ? [] : ['--no-nccl']),
  ];
}

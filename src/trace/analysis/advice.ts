import type { Cause } from './cause.ts';
import type { Meanwhile } from './off-cpu.ts';

/** What to do about calls that were slow for a cause. */
export const ADVICE: Record<Cause, string> = {
  'cpu-contention':
    'Give the process CPUs of its own (in Kubernetes: requests equal to limits in whole CPUs, with the static CPU manager), or move what ran instead elsewhere.',
  'cpu-quota':
    'Raise or remove the CPU limit of its container, or start fewer threads; nr_throttled in the cgroup’s cpu.stat says how often it was held back.',
  recorder: 'Record less: without --all and --stacks, or with a longer --min-duration.',
  disk: 'Keep what is read in memory or on a faster disk, or read it ahead of the step that needs it.',
  'page-fault':
    'Touch or lock the memory before it is needed, give the container memory enough for its page cache, and use no swap.',
  lock: 'See who holds the lock: trace.timeline of that moment for all threads, and stacks (kv trace --cuda --stacks).',
  input: 'Look at who answers so late, or ask for the answer before the step that needs it.',
  driver:
    'The driver holds the call: look for another process on the same GPU, for memory being mapped or freed, and at the driver’s messages in dmesg.',
  sleep: 'Look at who wakes the thread and what that one does meanwhile (trace.timeline of that moment).',
  'off-cpu': 'Record the host as well, to see what the thread waited for: sudo kv trace --cuda --host.',
  network: 'Look at the network between the ranks: retransmits, drops, the interface that NCCL chose.',
  'gpu-wait':
    'The wait is the GPU’s work: make that shorter, or synchronise later and less often; kv trace --cuda --all records what was queued, a profiler of the GPU (Nsight Systems) how long each kernel takes.',
  'pageable-copy':
    'Copy from pinned memory: pin_memory=True in a PyTorch DataLoader, cudaMallocHost or cudaHostRegister, with non_blocking=True.',
  'copy-size': 'Copy less, keep it on the GPU, or overlap the copy with kernels on another stream.',
  'first-use':
    'Call the function once before requests are served or time is measured (warm-up); CUDA_MODULE_LOADING=EAGER loads code at start.',
  'on-cpu':
    'The call itself takes the time: record with --stacks for the code that makes it, and make it less often.',
  unknown: 'Record the switches of threads as well: sudo kv trace --cuda --host.',
};

/** What to do about a stretch without calls, by what its thread did; `gap` in nanoseconds, `isPartial` where few switches were kept. */
export function gapAdvice(did: Meanwhile, gap: number, isPartial: boolean): string {
  const { off, runnable, disk, fault, switches } = did;
  if (switches === 0 || (isPartial && off < gap / 2))
    return 'See what the program does there: record with sudo kv trace --cuda --host --stacks, or use a profiler of its language (py-spy).';
  if (off < gap / 2)
    return 'The process computes on the CPU: profile that stretch with a profiler of its language (py-spy), and move the work off the thread that launches.';
  if (runnable >= off / 2) return ADVICE['cpu-contention'];
  if (disk >= off / 2) return ADVICE.disk;
  if (fault >= off / 2) return ADVICE['page-fault'];
  return 'The thread waits for something else: see who works meanwhile with trace.timeline of that window for all threads.';
}

import type { Cause } from './cause.ts';
import type { ChainFacts } from './chain-facts.ts';
import { percentText, timeText } from './units.ts';

/** Causes for which the thread was off its CPU. */
const OFF: ReadonlySet<Cause> = new Set<Cause>([
  'cpu-contention',
  'cpu-quota',
  'recorder',
  'disk',
  'page-fault',
  'lock',
  'input',
  'driver',
  'sleep',
  'off-cpu',
]);
const FOR_CPU: ReadonlySet<Cause> = new Set<Cause>(['cpu-contention', 'cpu-quota', 'recorder']);

/** What the figures exclude, and what only looks like a cause. */
export function ruledOut(facts: ChainFacts): string[] {
  const { calls, cause, off, total, polling, runnable, disk, fault, recorder } = facts;
  const isCovered = calls.every(call => call.covered);
  const statements: string[] = [];
  if (cause === 'gpu-wait' && isCovered)
    statements.push(`CPU contention: the thread was ready without a CPU for ${timeText(runnable)} only.`);
  else if (!OFF.has(cause) && isCovered)
    statements.push(
      `CPU contention: the thread was off its CPU for ${timeText(off)} of ${timeText(total)} (${percentText(off / total)}).`,
    );
  if (OFF.has(cause) && !FOR_CPU.has(cause) && cause !== 'off-cpu')
    statements.push(`CPU contention: the thread was ready without a CPU for ${timeText(runnable)} only.`);
  if (OFF.has(cause) && cause !== 'disk' && cause !== 'page-fault' && cause !== 'off-cpu')
    statements.push(`Disk: the thread waited ${timeText(disk + fault)} for one.`);
  for (const poll of calls[0]!.thread.polls)
    statements.push(
      `Poll sleeps: the thread's ${poll.count} sleeps of ${timeText(poll.nominal)} are a timeout; ${timeText(polling)} of them fall into these calls.`,
    );
  const idle = FOR_CPU.has(cause) ? facts.bystanders.slice(0, 3) : [];
  if (idle.length > 0)
    statements.push(`Other processes: ${idle.join(', ')} never took the CPU while this thread was ready.`);
  if (recorder > 0 && cause !== 'recorder')
    statements.push(
      `kv itself: its recorder had the CPU for ${timeText(recorder)} of ${timeText(runnable)}, and is not counted among who ran.`,
    );
  return statements;
}

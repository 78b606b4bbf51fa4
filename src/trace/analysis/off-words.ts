import type { Meanwhile } from './off-cpu.ts';
import { isRecorder } from './recorder-itself.ts';
import { syscallName } from './syscalls.ts';
import { listText } from './units.ts';

/** What most of a thread's time off CPU was, where the file says, to be put behind a figure; else nothing. */
export function offReason(did: Meanwhile, names: ReadonlyMap<number, string>): string {
  const { off, runnable, disk, fault, sleeping, syscalls } = did;
  const [syscall] = [...syscalls].sort(([, a], [, b]) => b - a);
  const where = syscall && syscall[1] >= off / 2 ? ` in ${syscallName(syscall[0])}` : '';
  if (disk >= off / 2) return `, waiting for a disk${where}`;
  if (fault >= off / 2) return ', waiting for memory to be read in or found';
  if (runnable >= off / 2) return `, ready to run without a CPU${whoRan(did, names)}`;
  return sleeping >= off / 2 && where ? `, asleep${where}` : '';
}

function whoRan({ rivals, runnable }: Meanwhile, names: ReadonlyMap<number, string>): string {
  const who = [...rivals]
    .filter(([pid, ns]) => pid !== 0 && !isRecorder(names.get(pid)) && ns >= runnable / 10)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 2)
    .map(([pid]) => `${names.get(pid) ?? 'a process'} (pid ${pid})`);
  return who.length > 0 ? ` while ${listText(who)} ran` : '';
}

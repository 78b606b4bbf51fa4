/** What a thread waits for in a system call. */
export type WaitsFor = 'lock' | 'input' | 'timer' | 'driver' | 'disk' | 'child';

/** System calls that block, by their x86-64 number (Linux, arch/x86/entry/syscalls/syscall_64.tbl). */
const BLOCKING: Record<number, readonly [name: string, waitsFor: WaitsFor]> = {
  0: ['read', 'input'],
  1: ['write', 'input'],
  7: ['poll', 'input'],
  9: ['mmap', 'lock'],
  11: ['munmap', 'lock'],
  16: ['ioctl', 'driver'],
  17: ['pread64', 'disk'],
  18: ['pwrite64', 'disk'],
  19: ['readv', 'input'],
  20: ['writev', 'input'],
  23: ['select', 'input'],
  34: ['pause', 'timer'],
  35: ['nanosleep', 'timer'],
  42: ['connect', 'input'],
  43: ['accept', 'input'],
  44: ['sendto', 'input'],
  45: ['recvfrom', 'input'],
  46: ['sendmsg', 'input'],
  47: ['recvmsg', 'input'],
  61: ['wait4', 'child'],
  74: ['fsync', 'disk'],
  75: ['fdatasync', 'disk'],
  202: ['futex', 'lock'],
  208: ['io_getevents', 'disk'],
  230: ['clock_nanosleep', 'timer'],
  232: ['epoll_wait', 'input'],
  247: ['waitid', 'child'],
  257: ['openat', 'disk'],
  270: ['pselect6', 'input'],
  271: ['ppoll', 'input'],
  281: ['epoll_pwait', 'input'],
  288: ['accept4', 'input'],
  299: ['recvmmsg', 'input'],
  426: ['io_uring_enter', 'input'],
  441: ['epoll_pwait2', 'input'],
  449: ['futex_waitv', 'lock'],
};

export function syscallName(number: number): string {
  return BLOCKING[number]?.[0] ?? `system call ${number}`;
}

export function waitsFor(number: number): WaitsFor | undefined {
  return BLOCKING[number]?.[1];
}

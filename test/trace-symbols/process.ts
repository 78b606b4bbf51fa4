import { readFileSync } from 'node:fs';
import type { MappingRecord } from '../../src/trace/record/types.ts';

/** A mapping as the recorder reports one. */
export function mapping(of: Partial<MappingRecord>): MappingRecord {
  return {
    type: 'mapping',
    pid: 4242,
    timeNs: 0,
    start: 0x7f0000000000,
    end: 0x7f0000001000,
    offset: 0,
    device: 0,
    inode: 0,
    path: '',
    buildId: '',
    ...of,
  };
}

/** The executable memory of a process that runs, by its own `/proc/PID/maps`. */
export function mappingsOf(pid: number): MappingRecord[] {
  const line = /^([0-9a-f]+)-([0-9a-f]+) ..x. ([0-9a-f]+) (\S+) (\d+) *(.*)$/;
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .flatMap(text => {
      const [, start, end, offset, , inode, path] = line.exec(text) ?? [];
      if (start === undefined) return [];
      const hex = (digits: string | undefined) => Number.parseInt(digits!, 16);
      return [
        mapping({ pid, start: hex(start), end: hex(end), offset: hex(offset), inode: Number(inode), path }),
      ];
    });
}

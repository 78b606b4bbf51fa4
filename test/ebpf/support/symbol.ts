import { spawnSync } from 'node:child_process';
import type { Tracer } from './tracer.ts';

/** The function that an address of a process is in, by the mappings that were recorded and the file's symbols. */
export function symbolAt(tracer: Tracer, pid: number, address: number): string {
  const mapping = tracer
    .of('mapping')
    .findLast(each => each.pid === pid && each.start <= address && address < each.end);
  if (!mapping?.path.startsWith('/')) return '?';
  const place = (address - mapping.start + mapping.offset).toString(16);
  const { stdout } = spawnSync('addr2line', ['-f', '-e', mapping.path, place], { encoding: 'utf8' });
  return stdout.split('\n')[0]!;
}

import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { cleanText } from '../../shared/text.ts';
import type { ResolvedFrame } from '../store/frames.ts';
import { attempt, type SystemPaths } from './mapped-file.ts';
import { lastUpTo } from './symbol-table.ts';

/** A process writes its map itself, as long as it likes; a server in Node has some ten thousand functions. */
const MOST_BYTES = 32 * 2 ** 20;
const MOST_FUNCTIONS = 250_000;
const LONGEST_NAME = 1024;

/**
 * Code that a process compiled while it ran, by the file in which it says so: `/tmp/perf-PID.map`, lines of `START SIZE
 * NAME`, hexadecimal (the Linux kernel's tools/perf/Documentation/jit-interface.txt). Node writes it with
 * `--perf-basic-prof`, Python with `-X perf`. PID is the one inside the container.
 */
export class PerfMap {
  readonly #candidates: readonly string[];
  readonly #entries = new Map<number, { size: number; name: string }>();
  #starts: number[] = [];
  #read = 0;
  #rest = '';

  constructor(pid: number, { proc, temporary }: SystemPaths) {
    const status = attempt(() => readFileSync(`${proc}/${pid}/status`, 'utf8')) ?? '';
    const inner = /^NSpid:.*?(\d+)$/m.exec(status)?.[1] ?? pid;
    this.#candidates = [`${proc}/${pid}/root/tmp/perf-${inner}.map`, `${temporary}/perf-${pid}.map`];
  }

  /** What runs at the address; looks for what was compiled since the last time where it is not known. */
  frameAt(address: number): ResolvedFrame | undefined {
    const found = this.#find(address) ?? (this.#readOn() ? this.#find(address) : undefined);
    return found === undefined ? undefined : frameOf(found);
  }

  #find(address: number): string | undefined {
    const start = this.#starts[lastUpTo(this.#starts, address)];
    const entry = start === undefined ? undefined : this.#entries.get(start);
    return entry && address < start! + entry.size ? entry.name : undefined;
  }

  #readOn(): boolean {
    for (const path of this.#candidates) {
      const text = attempt(() => tailOf(path, this.#read));
      if (text === undefined) continue;
      this.#read += text.length;
      const lines = (this.#rest + text.toString('utf8')).split('\n');
      this.#rest = lines.pop()!;
      for (const line of lines) this.#add(line);
      this.#starts = [...this.#entries.keys()].sort((a, b) => a - b);
      return lines.length > 0;
    }
    return false;
  }

  #add(line: string): void {
    const [, start, size, name] = /^(?:0x)?([0-9a-f]{1,16}) (?:0x)?([0-9a-f]{1,8}) (.+)$/i.exec(line) ?? [];
    if (name && this.#entries.size < MOST_FUNCTIONS)
      this.#entries.set(Number.parseInt(start!, 16), { size: Number.parseInt(size!, 16), name });
  }
}

/** What the file has beyond `from`; not through a link, which could lead anywhere. */
function tailOf(path: string, from: number): Buffer | undefined {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const stat = fstatSync(fd);
    const size = Math.min(stat.size, MOST_BYTES);
    if (!stat.isFile() || size <= from) return undefined;
    const bytes = Buffer.alloc(size - from);
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from));
  } finally {
    closeSync(fd);
  }
}

/** V8: what it is, how far it was optimised, the function, its file, line and column. */
const V8 =
  /^(?:LazyCompile|InterpretedFunction|Function|Script|Eval|JS):[~^+*]?(.*?) ?((?:\/|[a-z]+:)[^ ]*?)?(?::(\d+)(?::\d+)?)?$/i;
const PYTHON = /^py::(.+):(.+)$/;

/** The frame that a name in a perf map says. */
export function frameOf(text: string): ResolvedFrame {
  const name = cleanText(text).slice(0, LONGEST_NAME);
  const python = PYTHON.exec(name);
  if (python) return { kind: 'python', name: python[1], module: python[2] };
  const script = V8.exec(name);
  if (!script) return { kind: 'native', name };
  const [, own, file, line] = script;
  return { kind: 'js', name: own || '(anonymous)', module: file, line: line ? Number(line) : undefined };
}

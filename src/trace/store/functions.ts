import type { Database, Statement } from 'better-sqlite3';
import type { CallKind } from '../model.ts';
import type { FunctionRecord } from '../record/types.ts';

/** What the writer needs to know of a function for each of its calls. */
export interface KnownFunction {
  id: number;
  name: string;
  kind: CallKind;
  /** Runtime and driver calls about one pointer are the same memory seen twice, so they are paired apart. */
  layer: FunctionRecord['layer'];
  /** Without a stream argument, a call is not about the default stream. */
  takesStream: boolean;
}

const ALLOC =
  /^(cudaMalloc|cudaHostAlloc|cuMem\w*Alloc|cuMemCreate$|cu(Mipmapped)?Array(3D)?Create|ncclMemAlloc)/;
const FREE = /^(cudaFree|cuMemFree|cuMemRelease$|cu(Mipmapped)?ArrayDestroy|ncclMemFree)/;
const WAIT = /Synchronize|Wait|Query/;
const STREAM =
  /Launch(Kernel|Coop|Host)|Memcpy|Memset|Prefetch|Async|GraphLaunch|GraphUpload|Stream(Synchronize|W|Query|AddCallback|BeginCapture|EndCapture)|EventRecord/;

/** The functions of the recording, by the recorder's numbers, which the file keeps. */
export class Functions {
  readonly #known: (KnownFunction | undefined)[] = [];
  readonly #host = new Map<string, number>();
  readonly #insert: Statement;

  constructor(db: Database) {
    this.#insert = db.prepare('INSERT OR IGNORE INTO functions VALUES (?, ?, ?, ?)');
  }

  add(record: FunctionRecord): void {
    const { id, name, layer } = record;
    const kind = kindOf(record);
    const takesStream = layer === 'nccl' ? kind === 'collective' && !/Group/.test(name) : STREAM.test(name);
    this.#known[id] = { id, name, layer, kind, takesStream };
    if (layer === 'host') this.#host.set(name, id);
    this.#insert.run(id, name, layer, kind);
  }

  /** The recorder names every function before its calls; a damaged stream need not. */
  get(id: number): KnownFunction {
    const known = this.#known[id];
    if (known) return known;
    this.add({ type: 'function', id, name: `function ${id}`, layer: 'runtime', class: 'other' });
    return this.#known[id]!;
  }

  /** The number of what stands for the kernel's own doing; undefined where the recorder does not count it. */
  hostId(name: string): number | undefined {
    return this.#host.get(name);
  }
}

/** As names are read in files of others (views.ts, kindOf): recording an event waits for nothing, memset is no copy. */
function kindOf({ name, class: of }: FunctionRecord): CallKind {
  if (ALLOC.test(name)) return 'alloc';
  if (FREE.test(name)) return 'free';
  switch (of) {
    case 'memory':
      return 'other';
    case 'copy':
      return /Memset/.test(name) ? 'other' : 'copy';
    case 'sync':
      return WAIT.test(name) ? 'sync' : 'stream';
    case 'host':
      if (name === 'block_io') return 'io';
      return name.startsWith('tcp_') ? 'net' : 'host';
    default:
      return of;
  }
}

import { ClusterUnreachableError } from '../errors.ts';
import type { ClusterInfo, Transport, TransportRequest, TransportResponse } from '../transport.ts';
import { Handler, type HandlerOptions } from './handler.ts';
import type { Store } from './store.ts';

export interface SnapshotOptions extends HandlerOptions {
  info: ClusterInfo;
  /** Frees what the opening took (the folder an archive was unpacked into). */
  release(): Promise<void>;
}

/** A Transport over a snapshot on disk. Writes stay in the memory of this object. */
export class SnapshotTransport implements Transport {
  readonly info: ClusterInfo;
  /** When the snapshot was taken, in Unix milliseconds: the "now" of everything in it. */
  readonly capturedAt: number;
  readonly #store: Store;
  readonly #handler: Handler;
  readonly #release: () => Promise<void>;
  readonly #closing = new AbortController();

  constructor(options: SnapshotOptions) {
    this.info = options.info;
    this.capturedAt = options.capturedAt;
    this.#store = options.store;
    this.#handler = new Handler(options, this.#closing.signal);
    this.#release = options.release;
  }

  get revision(): number {
    return this.#store.revision;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    request.signal.throwIfAborted();
    if (this.#closing.signal.aborted) {
      throw new ClusterUnreachableError(`The snapshot ${this.info.server} has been closed.`, {
        hint: 'Open it again.',
      });
    }
    return this.#handler.handle(withQueryOfPath(request));
  }

  /** Ends open watches and frees the disk; a second call does nothing. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await this.#release();
  }
}

/** A query may come with the path as well. */
function withQueryOfPath(request: TransportRequest): TransportRequest {
  const mark = request.path.indexOf('?');
  if (mark < 0) return request;
  const inPath = Object.fromEntries(new URLSearchParams(request.path.slice(mark + 1)));
  return { ...request, path: request.path.slice(0, mark), query: { ...inPath, ...request.query } };
}

import { KvError } from '../../shared/errors.ts';
import { Cursor } from './cursor.ts';
import {
  readAggregate,
  readCall,
  readCode,
  readDrop,
  readEnd,
  readEvent,
  readFunction,
  readLibrary,
  readMapping,
  readMeta,
  readOffCpu,
  readProcess,
  readStack,
} from './records.ts';
import type { TraceRecord } from './types.ts';

/** No record of the format comes near this; a length beyond it is damage or malice. */
const LONGEST_RECORD = 64 * 1024;
const META = 1;

const readers: readonly (((cursor: Cursor) => TraceRecord) | undefined)[] = [
  undefined,
  readMeta,
  readFunction,
  readLibrary,
  readCall,
  readOffCpu,
  readProcess,
  readAggregate,
  readDrop,
  readEnd,
  readStack,
  readMapping,
  readEvent,
  readCode,
];

/**
 * Decodes the stream of kv-tracer (native/README.md has the format), which may arrive in pieces cut anywhere. Holds at
 * most one unfinished record between pieces. Types of record that it does not know, and bytes that a newer helper
 * appended to a known one, are passed over.
 */
export class RecordDecoder {
  #rest: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
  #begun = false;
  #offset = 0;

  /**
   * The records that are complete with this piece, in order.
   *
   * @throws KvError of kind `failed` when this is not a trace, is of another version, or is damaged; nothing can be
   * decoded after that, and what earlier pieces gave stays valid.
   */
  push(piece: Uint8Array): TraceRecord[] {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const records: TraceRecord[] = [];
    let at = 0;
    while (bytes.length - at >= 4) {
      const length = view.getUint32(at, true);
      if (length < 4 || length > LONGEST_RECORD) throw this.#damaged(at, `a record claims ${length} bytes`);
      if (bytes.length - at - 4 < length) break;
      const record = this.#read(new Cursor(view, at + 4, at + 4 + length), at);
      if (record) records.push(record);
      at += 4 + length;
    }
    this.#rest = bytes.slice(at);
    this.#offset += at;
    return records;
  }

  /** To be called when the stream has ended. `truncatedBytes` is what an unfinished last record left behind. */
  finish(): { truncatedBytes: number } {
    if (!this.#begun) throw this.#damaged(0, 'it ends before its first record does');
    return { truncatedBytes: this.#rest.length };
  }

  #read(cursor: Cursor, at: number): TraceRecord | undefined {
    const type = cursor.u32();
    if (!this.#begun && type !== META) throw this.#damaged(at, 'it does not begin as one');
    this.#begun = true;
    try {
      return readers[type]?.(cursor);
    } catch (error) {
      if (error instanceof RangeError)
        throw this.#damaged(at, `a record of type ${type} is wrong, ${error.message}`);
      throw error;
    }
  }

  #damaged(at: number, why: string): KvError {
    const offset = this.#offset + at;
    return new KvError('failed', `This is no intact kv-tracer stream: ${why} (at byte ${offset}).`, {
      hint: 'Record again, with the kv-tracer that belongs to this kv.',
      facts: { offset },
    });
  }
}

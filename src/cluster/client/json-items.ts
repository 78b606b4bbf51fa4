import { StringDecoder } from 'node:string_decoder';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const ITEMS = Buffer.from('"items"');

/**
 * Splits a Kubernetes List as it arrives: each object of the top-level `items` array is handed out as soon as its
 * last byte is here, so that only one item's text is in memory however long the list is. Everything else
 * (kind, apiVersion, metadata) is the envelope, whole once the list has ended.
 *
 * The scanner looks at structure only (strings, escapes, depth); JSON.parse judges each item.
 */
export class ItemSplitter {
  #depth = 0;
  #inString = false;
  #escaped = false;
  #inItems = false;
  /** Where the pending item (or, outside of items, the pending stretch of envelope) began in the current chunk. */
  #start = 0;
  #carried: Buffer[] = [];
  /** Last string seen at depth 1, to recognise the key `items`. */
  #keyStart = -1;
  #key: Buffer[] = [];
  #lastKey = '';
  readonly #envelopeDecoder = new StringDecoder('utf8');
  #envelopeText = '';

  /** Calls `onItem` with the text of each item that this chunk completes. */
  push(chunk: Uint8Array, onItem: (text: string) => void): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#start = 0;
    if (this.#keyStart >= 0) this.#keyStart = 0;
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    const length = bytes.length;

    let i = 0;
    if (escaped && length > 0) {
      i = 1;
      escaped = false;
    }
    for (; i < length; i++) {
      if (inString) {
        // Most bytes are inside of strings: this loop is what the speed of a list hangs on.
        while (i < length && bytes[i] !== QUOTE && bytes[i] !== BACKSLASH) i++;
        if (i === length) break;
        if (bytes[i] === BACKSLASH) {
          i += 1;
          escaped = i === length;
          continue;
        }
        inString = false;
        if (depth === 1) this.#endKey(bytes, i);
        continue;
      }
      const byte = bytes[i]!;
      switch (byte) {
        case QUOTE:
          inString = true;
          if (depth === 1) this.#keyStart = i;
          break;
        case OPEN_BRACE:
          if (depth === 2 && this.#inItems) this.#start = i;
          depth += 1;
          break;
        case OPEN_BRACKET:
          depth += 1;
          if (depth === 2 && this.#lastKey === 'items') {
            this.#inItems = true;
            this.#envelope(bytes.subarray(this.#start, i + 1));
            this.#start = -1;
          }
          break;
        case CLOSE_BRACE:
          depth -= 1;
          if (depth === 2 && this.#inItems) {
            onItem(this.#take(bytes, i + 1));
            this.#start = -1;
          }
          break;
        case CLOSE_BRACKET:
          depth -= 1;
          if (depth === 1 && this.#inItems) {
            this.#inItems = false;
            this.#start = i;
          }
          break;
      }
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    this.#keep(bytes);
  }

  /** The list without its items; throws SyntaxError when the text ended early or was not JSON. */
  envelope(): unknown {
    return JSON.parse(this.#envelopeText + this.#envelopeDecoder.end());
  }

  #endKey(bytes: Buffer, end: number): void {
    this.#key.push(bytes.subarray(this.#keyStart, end + 1));
    const key = this.#key.length === 1 ? this.#key[0]! : Buffer.concat(this.#key);
    this.#lastKey = key.equals(ITEMS) ? 'items' : '';
    this.#key = [];
    this.#keyStart = -1;
  }

  #take(bytes: Buffer, end: number): string {
    const last = bytes.subarray(this.#start, end);
    if (this.#carried.length === 0) return last.toString('utf8');
    const text = Buffer.concat([...this.#carried, last]).toString('utf8');
    this.#carried = [];
    return text;
  }

  #keep(bytes: Buffer): void {
    if (this.#keyStart >= 0) this.#key.push(Buffer.from(bytes.subarray(this.#keyStart)));
    if (!this.#inItems) this.#envelope(bytes.subarray(this.#start));
    else if (this.#start >= 0 && this.#depth > 2) this.#carried.push(bytes.subarray(this.#start));
  }

  #envelope(bytes: Buffer): void {
    this.#envelopeText += this.#envelopeDecoder.write(bytes);
  }
}

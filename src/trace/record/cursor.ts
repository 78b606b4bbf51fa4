import { cleanText } from '../../shared/text.ts';

const utf8 = new TextDecoder();

/** Reads little-endian fields one after another. Reading past `end` throws a RangeError. */
export class Cursor {
  readonly #view: DataView;
  readonly #end: number;
  #at: number;

  constructor(view: DataView, from: number, end: number) {
    this.#view = view;
    this.#at = from;
    this.#end = end;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  /** Exact up to 2^53, rounded beyond. Two halves, because a BigInt each would cost more than all the rest. */
  u64(): number {
    const at = this.#take(8);
    return this.#view.getUint32(at + 4, true) * 4294967296 + this.#view.getUint32(at, true);
  }

  bigUint64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /** A length of two bytes, then that many of UTF-8. */
  text(): string {
    return cleanText(this.#textOf(this.u16()));
  }

  /** A field of fixed width that a zero byte ends early. */
  name(width: number): string {
    const text = this.#textOf(width);
    const end = text.indexOf('\0');
    return cleanText(end < 0 ? text : text.slice(0, end));
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + this.#take(length), length);
  }

  #textOf(length: number): string {
    const at = this.#take(length);
    if (length === 0) return '';
    return utf8.decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length));
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#end - at) throw new RangeError('past the end of the record');
    this.#at = at + length;
    return at;
  }
}

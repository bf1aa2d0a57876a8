/** A buffer that grows while bytes of an unknown or only declared number arrive. */

export class GrowingBuffer {
  /** `expected` is the probable length in bytes, 0 if unknown; `limit` is the maximum. */
  constructor(expected, limit) {
    this.expected = Math.min(expected, limit);
    this.limit = limit;
    this.memory = new ArrayBuffer(0);
    this.size = 0;
  }

  /** The bytes of memory that the buffer occupies. */
  get capacity() {
    return this.memory.byteLength;
  }

  /** Make room for more bytes behind the content; earlier views may be detached then. */
  extend(bytes) {
    const needed = this.size + bytes;
    if (needed > this.capacity) {
      const next = needed <= this.expected ? this.expected : Math.min(2 * needed, this.limit);
      // `transfer` frees the old memory at once.
      this.memory = this.memory.transfer(Math.max(needed, next));
    }
    return this.view(this.size, bytes);
  }

  add(bytes) {
    this.extend(bytes.length).set(bytes);
    this.size += bytes.length;
  }

  view(start, length) {
    return new Uint8Array(this.memory, start, length);
  }
}

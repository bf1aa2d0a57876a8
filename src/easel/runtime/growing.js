/** Memory for bytes whose number is known in the end, or guessed. */
export class Growing {
  /** `expected` and `limit` are in bytes: how many there should be, and the most that may come. */
  constructor(expected, limit) {
    this.expected = Math.min(expected, limit);
    this.limit = limit;
    this.buffer = new ArrayBuffer(0);
    this.size = 0;
  }

  /** Room for more bytes behind those that count; views from before may be of no use then. */
  room(bytes) {
    const needed = this.size + bytes;
    if (needed > this.buffer.byteLength) {
      const guessed = needed <= this.expected ? this.expected : Math.min(2 * needed, this.limit);
      // The old memory is let go of at once.
      this.buffer = this.buffer.transfer(Math.max(needed, guessed));
    }
    return this.view(this.size, bytes);
  }

  add(bytes) {
    this.room(bytes.length).set(bytes);
    this.size += bytes.length;
  }

  view(start, length) {
    return new Uint8Array(this.buffer, start, length);
  }
}

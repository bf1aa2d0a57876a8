/** How many bytes of large bodies an isolate holds at a time: Cloudflare gives it 128 MB for all. */

/** What smaller bodies need is not counted. */
export const SMALL = 1024 * 1024;

/** Bytes that are given out in the order in which they were asked for. */
export class Room {
  constructor(bytes) {
    this.free = bytes;
    this.waiting = [];
  }

  /**
   * Wait for room; the answer is a function that gives it back. Throws the reason of a signal that
   * aborts before. No more than all there is can be asked for.
   */
  async take(bytes, signal) {
    if (bytes <= SMALL) return () => {};
    if (this.waiting.length || bytes > this.free) await this.turn(bytes, signal);
    else this.free -= bytes;
    let isHeld = true;
    return () => {
      if (isHeld) this.give(bytes);
      isHeld = false;
    };
  }

  turn(bytes, signal) {
    return new Promise((resolve, reject) => {
      const one = { bytes, resolve };
      this.waiting.push(one);
      signal?.addEventListener("abort", () => {
        if (!this.waiting.includes(one)) return;
        this.waiting.splice(this.waiting.indexOf(one), 1);
        reject(signal.reason);
        this.give(0);
      });
    });
  }

  give(bytes) {
    this.free += bytes;
    while (this.waiting.length && this.waiting[0].bytes <= this.free) {
      const { bytes: wanted, resolve } = this.waiting.shift();
      this.free -= wanted;
      resolve();
    }
  }
}

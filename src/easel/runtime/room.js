/** How many bytes of large bodies an isolate holds at a time: Cloudflare gives it 128 MB for all. */

/** What smaller bodies need is not counted. */
export const SMALL = 1024 * 1024;

/**
 * Milliseconds after which room counts as given back: a request that workerd cancels, because its
 * client has gone, runs no code of its own any more.
 */
const LONGEST = 10 * 60 * 1000;

/** Bytes that are given out in the order in which they were asked for. */
export class Room {
  constructor(bytes, now = Date.now) {
    this.free = bytes;
    this.now = now;
    this.held = new Set();
    this.waiting = [];
  }

  /**
   * Wait for room; the answer is a function that gives it back. Throws the reason of a signal that
   * aborts before. No more than all there is can be asked for.
   */
  async take(bytes, signal) {
    if (bytes <= SMALL) return () => {};
    for (const one of this.held) if (one.until < this.now()) this.give(one);
    if (this.waiting.length || bytes > this.free) return await this.turn(bytes, signal);
    return this.hold(bytes);
  }

  hold(bytes) {
    const one = { bytes, until: this.now() + LONGEST };
    this.free -= bytes;
    this.held.add(one);
    return () => this.give(one);
  }

  turn(bytes, signal) {
    return new Promise((resolve, reject) => {
      const one = { bytes, resolve };
      this.waiting.push(one);
      signal?.addEventListener("abort", () => {
        if (!this.waiting.includes(one)) return;
        this.waiting.splice(this.waiting.indexOf(one), 1);
        reject(signal.reason);
        this.serve();
      });
    });
  }

  give(one) {
    if (!this.held.delete(one)) return;
    this.free += one.bytes;
    this.serve();
  }

  serve() {
    while (this.waiting.length && this.waiting[0].bytes <= this.free) {
      const { bytes, resolve } = this.waiting.shift();
      resolve(this.hold(bytes));
    }
  }
}

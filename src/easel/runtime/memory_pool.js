/** A memory pool: it bounds the bytes of large bodies that an isolate has in memory at a time. */

/** Bodies of at most this many bytes need no reservation. */
export const SMALL = 1024 * 1024;

/**
 * Milliseconds after which a reservation ends by itself: when workerd cancels a request because its
 * client has left, the code that would release the reservation never runs.
 */
const LONGEST = 10 * 60 * 1000;

/** A number of bytes, reserved in the order of the requests for them. */
export class MemoryPool {
  constructor(bytes, now = Date.now) {
    this.bytes = bytes;
    this.free = bytes;
    this.now = now;
    this.reservations = new Set();
    this.queue = [];
  }

  /**
   * Reserve memory, at most the whole pool, as soon as it is free. Returns a function that releases
   * it. Throws the reason of the signal when it aborts first.
   */
  async reserve(bytes, signal) {
    if (bytes <= SMALL) return () => {};
    const wanted = Math.min(bytes, this.bytes);
    for (const one of this.reservations) if (one.until < this.now()) this.release(one);
    if (this.queue.length || wanted > this.free) return await this.wait(wanted, signal);
    return this.take(wanted);
  }

  /** Reserve memory without waiting, such as a part of an earlier reservation that ends now. */
  take(bytes) {
    const reservation = { bytes, until: this.now() + LONGEST };
    this.free -= bytes;
    this.reservations.add(reservation);
    return () => this.release(reservation);
  }

  wait(bytes, signal) {
    return new Promise((resolve, reject) => {
      const entry = { bytes, resolve };
      this.queue.push(entry);
      signal?.addEventListener("abort", () => {
        if (!this.queue.includes(entry)) return;
        this.queue.splice(this.queue.indexOf(entry), 1);
        reject(signal.reason);
        this.serveQueue();
      });
    });
  }

  release(reservation) {
    if (!this.reservations.delete(reservation)) return;
    this.free += reservation.bytes;
    this.serveQueue();
  }

  serveQueue() {
    while (this.queue.length && this.queue[0].bytes <= this.free) {
      const { bytes, resolve } = this.queue.shift();
      resolve(this.take(bytes));
    }
  }
}

/** A time-out that can pause. */

export class PausableTimeout {
  constructor(milliseconds) {
    this.controller = new AbortController();
    this.left = milliseconds;
    this.resume();
  }

  /** Aborts with a TimeoutError. */
  get signal() {
    return this.controller.signal;
  }

  resume() {
    const expire = () => this.controller.abort(new DOMException("the time is up", "TimeoutError"));
    this.since = Date.now();
    this.timer = setTimeout(expire, this.left);
  }

  pause() {
    clearTimeout(this.timer);
    this.left -= Date.now() - this.since;
  }
}

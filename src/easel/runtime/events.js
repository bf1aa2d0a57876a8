/** Read server-sent events one at a time; the JSON in them is parsed while it arrives. */

import { JsonReader } from "./json.js";

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const COLON = 58;

/** The names of fields and events are much shorter. */
const LONGEST_NAME = 1024;

/** The events of a body of at most `limit` bytes, each as `[name, kind, ...data]`. */
export class EventReader {
  /**
   * `reservation` covers a large event until the next one is read. `timeout` ends the stream.
   * `explain` makes the Error that is thrown of any other.
   */
  constructor(body, limit, { reservation, timeout, explain }) {
    this.reader = body.getReader();
    this.limit = limit;
    this.received = 0;
    this.reservation = reservation;
    this.timeout = timeout;
    this.explain = explain;
    this.parser = new EventParser(limit);
  }

  /** The next event, or undefined at the end. The last event needs no blank line behind it. */
  async next() {
    this.reservation.release();
    try {
      for (;;) {
        const event = this.parser.next();
        if (event) {
          this.reservation.shrink(event.capacity);
          return event.parts;
        }
        const { value, done } = await this.reader.read();
        if (done) return this.end();
        this.received += value.length;
        if (this.received > this.limit)
          throw new RangeError(`the events are longer than ${this.limit} bytes`);
        this.parser.add(value);
        await this.reservation.cover(this.parser.size);
      }
    } catch (error) {
      this.reservation.release();
      await this.cancel();
      throw this.explain(error);
    }
  }

  end() {
    this.timeout.pause();
    return this.parser.end()?.parts;
  }

  async cancel() {
    this.timeout.pause();
    await this.reader.cancel().catch(() => {});
  }
}

/** Splits bytes into events. https://html.spec.whatwg.org/#event-stream-interpretation */
export class EventParser {
  constructor(limit) {
    this.limit = limit;
    this.bytes = new Uint8Array();
    this.at = 0;
    this.afterReturn = false;
    this.startEvent();
    this.startLine();
  }

  /** The bytes of the current event so far. */
  get size() {
    return this.eventSize + this.bytes.length - this.at;
  }

  /** Add bytes, after all earlier ones are parsed: `next` has returned undefined. */
  add(bytes) {
    this.bytes = bytes;
    this.at = 0;
    // Where the next line end of each kind is; found once, so that the time stays linear.
    this.feed = -1;
    this.return = -1;
  }

  /** The next complete event as `{parts, capacity}`, or undefined if it needs more bytes. */
  next() {
    while (this.at < this.bytes.length) {
      const end = this.lineEnd();
      // A line feed behind a carriage return belongs to the same line end.
      if (!(this.afterReturn && this.bytes[this.at] === LINE_FEED)) {
        this.addToLine(this.bytes.subarray(this.at, end));
        this.eventSize += end + 1 - this.at;
        this.at = end + 1;
        if (end === this.bytes.length) return undefined;
        this.afterReturn = this.bytes[end] === CARRIAGE_RETURN;
        const event = this.endLine();
        if (event) return event;
      } else {
        this.at += 1;
        this.afterReturn = false;
      }
    }
    return undefined;
  }

  /** The last event, if the stream ends without a blank line behind it. */
  end() {
    return this.endLine() ?? this.endEvent();
  }

  lineEnd() {
    if (this.feed < this.at) this.feed = this.find(LINE_FEED);
    if (this.return < this.at) this.return = this.find(CARRIAGE_RETURN);
    return Math.min(this.feed, this.return);
  }

  find(byte) {
    const index = this.bytes.indexOf(byte, this.at);
    return index < 0 ? this.bytes.length : index;
  }

  startEvent() {
    this.name = "";
    this.data = undefined;
    this.eventSize = 0;
  }

  startLine() {
    this.field = "";
    this.isValue = false;
    this.isValueBegun = false;
  }

  addToLine(part) {
    if (!part.length) return;
    this.afterReturn = false;
    if (this.isValue) return this.addToValue(part);
    const colon = part.indexOf(COLON);
    const name = colon < 0 ? part : part.subarray(0, colon);
    this.field += new TextDecoder().decode(name.subarray(0, LONGEST_NAME - this.field.length));
    if (colon < 0) return;
    this.startValue();
    this.addToValue(part.subarray(colon + 1));
  }

  startValue() {
    this.isValue = true;
    if (this.field === "event") this.name = "";
    if (this.field === "data") this.startData();
  }

  /** Several lines of data are one text. */
  startData() {
    if (this.data) this.data.add(Uint8Array.of(LINE_FEED));
    else this.data = new JsonReader(0, this.limit);
  }

  addToValue(part) {
    if (!part.length) return;
    const isSpaced = !this.isValueBegun && part[0] === SPACE;
    this.isValueBegun = true;
    const value = isSpaced ? part.subarray(1) : part;
    if (this.field === "data") this.data.add(value);
    if (this.field === "event") {
      this.name += new TextDecoder().decode(value.subarray(0, LONGEST_NAME - this.name.length));
    }
  }

  /** The event, if this line is the blank one behind it. */
  endLine() {
    const isBlank = !this.field && !this.isValue;
    // A line without a colon is a field with an empty value.
    if (!isBlank && !this.isValue) this.startValue();
    this.startLine();
    return isBlank ? this.endEvent() : undefined;
  }

  endEvent() {
    const { name, data } = this;
    this.startEvent();
    if (!data) return undefined;
    const { capacity } = data;
    try {
      return { parts: [name, "json", ...data.outline()], capacity };
    } catch {
      return { parts: [name, "text", data.beginning], capacity };
    }
  }
}

/** Call providers over HTTP; images and other long strings of the answers stay in JavaScript. */

import { encodeBody } from "./bodies.js";
import { EventReader } from "./events.js";
import { JsonReader } from "./json.js";
import { declaredLength, piecesOf, Reservation, readBytes } from "./reading.js";
import { PausableTimeout } from "./timeouts.js";

const REASONS = { TimeoutError: "timeout", AbortError: "left", RangeError: "too_large" };

/** Bytes that so many characters of base64 decode to. */
const decodedLength = (characters) => Math.floor((characters * 3) / 4);

/**
 * Send a request: `[facts, release, ...body]`. `facts` is JSON of `{status, headers, kind}`. A large
 * answer waits until memory for it is free; `release` releases that memory. By `kind` the body is
 * `json` (an outline, see `long_text.js`), `text`, `bytes` or `events` (an EventReader).
 *
 * `call` is JSON of `{method, url, headers, encoding, reads_events, milliseconds, limit, grace}`;
 * `body` is JSON with marks for the `attachments`, or undefined. `leaving` is the client's signal: a
 * call has `grace` milliseconds left when it aborts.
 *
 * Throws an Error whose message begins with the reason of a CallFailure.
 */
export async function callHttp(call, body, attachments, leaving) {
  const { method, url, headers, encoding, reads_events, milliseconds, limit, grace } = JSON.parse(call);
  const timeout = new PausableTimeout(milliseconds);
  const signal = AbortSignal.any([timeout.signal, delayed(leaving, grace)]);
  let answer;
  try {
    // Python's None arrives as undefined.
    const sent = body == null ? undefined : encodeBody(body, attachments, encoding);
    const init = { method, redirect: "manual", signal, body: sent?.body };
    init.headers = { ...(sent && { "content-type": sent.type }), ...headers };
    answer = new Answer(await fetch(url, init), limit, timeout);
    if (reads_events && answer.isEventStream) return answer.openEvents(signal);
    const read = await answer.read();
    timeout.pause();
    return read;
  } catch (error) {
    timeout.pause();
    answer?.reservation.release();
    throw callFailure(error, signal);
  }
}

/** A signal that aborts some time after another one. */
function delayed(leaving, milliseconds) {
  const controller = new AbortController();
  const abort = () => setTimeout(() => controller.abort(), milliseconds);
  // A call that begins after the client has left is a short one, such as a cancellation.
  if (!leaving.aborted) leaving.addEventListener("abort", abort, { once: true });
  return controller.signal;
}

function callFailure(error, signal) {
  const cause = signal.aborted ? signal.reason : error;
  const reason = cause instanceof SyntaxError ? "unreadable" : (REASONS[cause.name] ?? "lost");
  return new Error(`${reason}: ${cause.name}: ${cause.message}`);
}

/** A provider's answer of at most `limit` bytes of JSON, in which images are base64. */
class Answer {
  constructor(response, limit, timeout) {
    this.response = response;
    this.type = response.headers.get("content-type") ?? "";
    this.limit = limit;
    this.timeout = timeout;
    const length = declaredLength(response) || limit;
    this.reservation = new Reservation(this.isBytes ? length : decodedLength(length), timeout);
  }

  get isEventStream() {
    return this.response.ok && this.type.startsWith("text/event-stream");
  }

  get isBytes() {
    return /^(?:image\/|application\/octet-stream)/.test(this.type);
  }

  describe(kind) {
    const { status, headers } = this.response;
    return JSON.stringify({ status, headers: Object.fromEntries(headers), kind });
  }

  async read() {
    const { response, limit, reservation } = this;
    if (this.isBytes) {
      const bytes = await readBytes(response, decodedLength(limit), reservation);
      return [this.describe("bytes"), reservation.release, bytes];
    }
    // Servers declare JSON as anything, and anything as JSON, so the text is parsed to see.
    const json = new JsonReader(declaredLength(response), limit);
    for await (const piece of piecesOf(response, limit, reservation)) json.add(piece);
    reservation.shrink(json.capacity);
    try {
      return [this.describe("json"), reservation.release, ...json.outline()];
    } catch (error) {
      if (response.ok && /json/.test(this.type)) throw new SyntaxError(error.message);
      return [this.describe("text"), reservation.release, json.beginning];
    }
  }

  openEvents(signal) {
    const { limit, timeout } = this;
    // An event stream declares no length.
    const reservation = new Reservation(decodedLength(limit), timeout);
    const explain = (error) => callFailure(error, signal);
    const events = new EventReader(this.response.body, limit, { reservation, timeout, explain });
    return [this.describe("events"), reservation.release, events];
  }
}

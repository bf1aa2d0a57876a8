/** Calling providers: what is sent and what comes back stays in JavaScript where it is long. */

import { encodeBody } from "./bodies.js";
import { Growing } from "./growing.js";
import { outline } from "./held.js";
import { JsonReader } from "./json.js";
import { Room, SMALL } from "./room.js";

/** Of an answer that is text, such as an error page, the beginning is enough. */
const MOST_TEXT = 4096;

/** What the answers have that are not stored yet, in bytes. One of the greatest size fits. */
const answers = new Room(30 * 1000 * 1000);

const FAILED = { TimeoutError: "timeout", AbortError: "left", RangeError: "too_large" };

/**
 * Send a request: `[facts, release, ...body]`, the facts JSON of `{status, headers, kind}`. An answer
 * that is large waits until there is room for it; `release`, where there is one, gives the room back. By kind the body
 * is `json` (what `outline` makes of it), `text`, `bytes` or `events` (a reader).
 *
 * `call` is JSON of `{method, url, headers, encoding, reads_events, milliseconds, limit, grace}`,
 * `body` what the bridge reads as JSON with marks for `attachments`, or undefined. `leaving` is the
 * client's signal: what is under way then has `grace` milliseconds to finish.
 *
 * Throws an Error whose message begins with the reason of a CallFailure.
 */
export async function callHttp(call, body, attachments, leaving) {
  const { method, url, headers, encoding, reads_events, milliseconds, limit, grace } = JSON.parse(call);
  const patience = new Patience(milliseconds);
  let isStreaming = false;
  const signal = AbortSignal.any([patience.signal, delayed(leaving, grace)]);
  try {
    // Python's None arrives as undefined.
    const sent = body == null ? undefined : encodeBody(body, attachments, encoding);
    const init = { method, redirect: "manual", signal, body: sent?.body };
    init.headers = { ...(sent && { "content-type": sent.type }), ...headers };
    const response = await fetch(url, init);
    const held = new HeldRoom(response, limit, patience);
    isStreaming = isEventStream(response, reads_events);
    try {
      return await read(response, reads_events, limit, signal, held);
    } catch (error) {
      held.release?.();
      throw error;
    }
  } catch (error) {
    throw failure(error, signal);
  } finally {
    if (!isStreaming) patience.stop();
  }
}

/** A time-out that can pause. */
class Patience {
  constructor(milliseconds) {
    this.controller = new AbortController();
    this.left = milliseconds;
    this.go();
  }

  get signal() {
    return this.controller.signal;
  }

  go() {
    const expire = () => this.controller.abort(new DOMException("the time is up", "TimeoutError"));
    this.since = Date.now();
    this.timer = setTimeout(expire, this.left);
  }

  stop() {
    clearTimeout(this.timer);
    this.left -= Date.now() - this.since;
  }
}

/** The room that an answer takes; none while it is small. */
class HeldRoom {
  constructor(response, limit, patience) {
    const isPlain = !response.headers.has("content-encoding");
    /** The length of the body, as far as that is known. */
    this.expected = isPlain ? Number(response.headers.get("content-length")) : 0;
    this.needed = Math.ceil(((this.expected || limit) * 3) / 4);
    this.patience = patience;
    this.release = undefined;
  }

  /** Wait for room once an answer is not small any more. It is bought: its time does not run. */
  async count(size) {
    if (this.release || size <= SMALL) return;
    this.patience.stop();
    this.release = await answers.take(this.needed);
    this.patience.go();
  }
}

/** A signal that follows another one after some time. What begins later knows of it, and is brief. */
function delayed(leaving, milliseconds) {
  const controller = new AbortController();
  const abort = () => setTimeout(() => controller.abort(), milliseconds);
  if (!leaving.aborted) leaving.addEventListener("abort", abort, { once: true });
  return controller.signal;
}

function isEventStream(response, isWanted) {
  return isWanted && response.ok && !!response.headers.get("content-type")?.startsWith("text/event-stream");
}

async function read(response, readsEvents, limit, signal, held) {
  const type = response.headers.get("content-type") ?? "";
  const facts = (kind) =>
    JSON.stringify({ status: response.status, headers: Object.fromEntries(response.headers), kind });
  if (isEventStream(response, readsEvents)) {
    return [facts("events"), undefined, new Events(response.body, limit, signal)];
  }
  const chunks = chunksOf(response, limit, held);
  const { expected } = held;
  if (/^(?:image\/|application\/octet-stream)/.test(type)) {
    const content = new Growing(expected, limit);
    for await (const chunk of chunks) content.add(chunk);
    return [facts("bytes"), held.release, content.view(0, content.size)];
  }
  // Servers declare JSON as anything, and anything as JSON: what it is shows in the attempt.
  const json = new JsonReader(expected, limit);
  for await (const chunk of chunks) json.add(chunk);
  try {
    return [facts("json"), held.release, ...json.outline()];
  } catch (error) {
    if (response.ok && /json/.test(type)) throw new SyntaxError(error.message);
    return [facts("text"), held.release, json.text.slice(0, MOST_TEXT).toWellFormed()];
  }
}

/** Bytes that a piece of a body has at least: few at first, since most answers are short. */
const SMALLEST_PIECE = 16 * 1024;
const LARGEST_PIECE = 256 * 1024;

/**
 * The pieces of a body, large ones: each costs a turn. The memory of one is that of the next, too.
 * To leave this loop is to cancel the body.
 * https://developers.cloudflare.com/workers/runtime-apis/streams/readablestreambyobreader/
 */
async function* chunksOf(response, limit, held) {
  if (!response.body) return;
  const reader = response.body.getReader({ mode: "byob" });
  let left = Number(response.headers.get("content-length")) > limit ? -1 : limit;
  try {
    let memory = new ArrayBuffer(SMALLEST_PIECE);
    for (let size = SMALLEST_PIECE; ; size = Math.min(4 * size, LARGEST_PIECE)) {
      if (memory.byteLength !== size) memory = new ArrayBuffer(size);
      const { value, done } = await reader.readAtLeast(size, new Uint8Array(memory));
      // What is counted is what comes out of gzip.
      left -= value?.byteLength ?? 0;
      if (left < 0) throw new RangeError(`the answer is longer than ${limit} bytes`);
      await held.count(limit - left);
      if (value?.byteLength) yield value;
      if (done) break;
      memory = value.buffer;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function failure(error, signal) {
  const cause = signal.aborted ? signal.reason : error;
  const reason = cause instanceof SyntaxError ? "unreadable" : (FAILED[cause.name] ?? "lost");
  return new Error(`${reason}: ${cause.name}: ${cause.message}`);
}

/** Server-sent events, each as `[name, kind, ...data]`. https://html.spec.whatwg.org/#event-stream-interpretation */
class Events {
  constructor(body, limit, signal) {
    this.reader = body.pipeThrough(new TextDecoderStream()).getReader();
    this.left = limit;
    this.signal = signal;
    this.pieces = [];
  }

  /** The next event, or undefined at the end; one that no blank line ends counts, too. */
  async next() {
    try {
      for (;;) {
        const block = this.takeBlock();
        const event = block === undefined ? undefined : parseEvent(block);
        if (event) return event;
        if (block === undefined && !(await this.fill())) return parseEvent(this.takeRest());
      }
    } catch (error) {
      await this.reader.cancel().catch(() => {});
      throw failure(error, this.signal);
    }
  }

  /** Read on; false at the end. */
  async fill() {
    const { value, done } = await this.reader.read();
    if (done) return false;
    this.left -= value.length;
    if (this.left < 0) throw new RangeError("the events are longer than they may be");
    this.pieces.push(value);
    return true;
  }

  /** The text before the first blank line, or undefined where none has come yet. */
  takeBlock() {
    // A long event comes in many pieces, and only one with a line's end can end it.
    if (!/[\r\n]/.test(this.pieces.at(-1) ?? "")) return undefined;
    const text = this.pieces.join("");
    const match = /\r\n\r\n|\n\n|\r\r/.exec(text);
    this.pieces = [match ? text.slice(match.index + match[0].length) : text];
    return match ? text.slice(0, match.index) : undefined;
  }

  takeRest() {
    const rest = this.pieces.join("");
    this.pieces = [];
    return rest.trim() ? rest : "";
  }

  async cancel() {
    await this.reader.cancel().catch(() => {});
  }
}

function parseEvent(block) {
  let name = "";
  const data = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") name = value;
    else if (field === "data") data.push(value);
  }
  if (!data.length) return undefined;
  const text = data.join("\n");
  try {
    return [name, "json", ...outline(JSON.parse(text))];
  } catch {
    return [name, "text", text.slice(0, MOST_TEXT).toWellFormed()];
  }
}

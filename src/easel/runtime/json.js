/**
 * Read JSON piece by piece as it arrives. Long base64 is decoded on the way, so that neither its
 * text nor the whole body is ever in memory; all else is left to JSON.parse.
 */

import { Growing } from "./growing.js";
import { HeldBase64, LONG, outline } from "./held.js";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** `\u002f` is the longest kind of escape. */
const LONGEST_ESCAPE = 6;

/** How a string of base64, or a data URL of it, begins in JSON, where a slash may be escaped. */
const BASE64 = /^(?:data:(?:[\w.+;=-]|\\?\/)*;base64,)?(?:[A-Za-z0-9+/]|\\\/)*\\?$/;

/** What whole groups of base64 may leave over. */
const TAIL = /^[A-Za-z0-9+/]{0,3}={0,2}$/;

/** Of a part of a text, which may begin with anything. */
const PLAIN = new TextDecoder("utf-8", { ignoreBOM: true });

const DATA_HEAD = /^data:[^,]*,/;

/**
 * Reads one JSON text in UTF-8: `expected` and `limit` are its length in bytes, guessed and at most.
 * Strings longer than `longest` stay out of the outline. Where `strict`, what is not UTF-8 throws, and
 * so does a number that no double holds.
 */
export class JsonReader {
  constructor(expected, limit, { longest = LONG, strict = false } = {}) {
    this.longest = longest;
    this.strict = strict;
    /** The JSON text, with marks for the strings that are taken out of it. */
    this.text = "";
    this.decoder = new TextDecoder("utf-8", { fatal: strict });
    this.memory = new Growing(Math.ceil((expected * 3) / 4), Math.ceil((limit * 3) / 4));
    /** The strings of base64, each a function that makes its handle when all is read. */
    this.handles = [];
    // No string of the text can be taken for a mark that it cannot guess.
    this.mark = `${crypto.randomUUID()}:`;
    /** What is being read: nothing of a string, one not known to be long, a long one, or base64. */
    this.state = "outside";
    this.pending = new Uint8Array();
    this.string = undefined;
  }

  /** Read on. The bytes are not looked at again. */
  add(bytes) {
    const piece = this.pending.length ? joined(this.pending, bytes) : bytes;
    const { length } = piece;
    this.pending = new Uint8Array();
    let kept = 0; // What is before this is in the text, or was decoded.
    let at = 0;
    const keep = (end) => {
      this.text += this.decoder.decode(piece.subarray(kept, end), { stream: true });
      kept = end;
    };
    while (at < length) {
      if (this.state === "outside") {
        const quote = piece.indexOf(QUOTE, at);
        at = quote < 0 ? length : quote + 1;
        if (quote >= 0) this.state = "short";
        continue;
      }
      const end = endOfString(piece, at);
      if (this.state === "short" && (end < 0 ? length : end) - at > this.longest) {
        const beginning = PLAIN.decode(piece.subarray(at, at + this.longest));
        this.state = BASE64.test(beginning) ? "base64" : "long";
        if (this.state === "base64") {
          keep(at);
          this.string = { from: this.memory.size, start: undefined, tail: "" };
        }
      }
      const stop = end < 0 ? length - unfinished(piece, at, this.state) : end;
      if (this.state === "base64") {
        if (this.decode(piece.subarray(at, stop), end >= 0)) kept = stop;
        else this.state = "long";
      }
      if (end < 0) {
        keep(stop);
        this.pending = piece.slice(stop);
        return;
      }
      this.state = "outside";
      at = end + 1;
    }
    keep(length);
  }

  /** What `outline` makes of the value. Throws SyntaxError where the text is not JSON. */
  outline() {
    this.add(new Uint8Array());
    this.text += this.decoder.decode(this.pending) + this.decoder.decode();
    const taken = (text) => this.handleOf(text);
    return outline(JSON.parse(this.text, (_key, part) => this.withKeys(part)), this.longest, taken);
  }

  handleOf(text) {
    return text.startsWith(this.mark) ? this.handles[text.slice(this.mark.length)]() : undefined;
  }

  /** An object with its own keys: the name of a field may be base64 as well, but is no handle. */
  withKeys(part) {
    if (this.strict && typeof part === "number" && !Number.isFinite(part)) {
      throw new RangeError("a number is too large");
    }
    if (!part || typeof part !== "object" || Array.isArray(part)) return part;
    if (!Object.keys(part).some((key) => key.startsWith(this.mark))) return part;
    return Object.fromEntries(
      Object.entries(part).map(([key, value]) => [this.handleOf(key)?.text ?? key, value]),
    );
  }

  /** Decode a part of a string. Where it is not base64 the text gets what was decoded back. */
  decode(part, isLast) {
    const { string, memory } = this;
    const before = memory.size - string.from;
    let text = unescaped(PLAIN.decode(part));
    const start = string.start ?? DATA_HEAD.exec(text)?.[0] ?? "";
    if (string.start === undefined) text = text.slice(start.length);
    text = string.tail + text;
    const padding = text.indexOf("=");
    const whole = padding < 0 ? text.length : padding;
    const groups = text.slice(0, whole - (whole % 4));
    const tail = text.slice(groups.length);
    if (TAIL.test(tail) && decodeInto(memory, groups) && (!isLast || decodeLast(memory, tail))) {
      Object.assign(string, { start, tail });
      if (isLast) this.take();
      return true;
    }
    this.text += (string.start ?? "") + memory.view(string.from, before).toBase64() + string.tail;
    memory.size = string.from;
    return false;
  }

  /** Put a mark where a string of base64 was. */
  take() {
    const { from, start, tail } = this.string;
    const size = this.memory.size - from;
    const handle = () => new HeldBase64(start, this.memory.view(from, size), tail);
    this.text += this.mark + (this.handles.push(handle) - 1);
  }
}

/** A part of a string without its escapes; one that is broken stays as it is, and is no base64. */
function unescaped(text) {
  if (!text.includes("\\")) return text;
  try {
    return JSON.parse(`"${text}"`);
  } catch {
    return text;
  }
}

function joined(first, second) {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Where the quote is that ends a string; -1 where it is not there yet. */
function endOfString(piece, start) {
  for (let quote = start - 1; ; ) {
    quote = piece.indexOf(QUOTE, quote + 1);
    if (quote < 0 || backslashesBefore(piece, start, quote) % 2 === 0) return quote;
  }
}

function backslashesBefore(piece, start, end) {
  let count = 0;
  while (end - count > start && piece[end - count - 1] === BACKSLASH) count++;
  return count;
}

/** How many bytes at the end are not read yet: a string that may be short, half an escape. */
function unfinished(piece, start, state) {
  if (state === "short") return piece.length - start;
  if (state === "long") return backslashesBefore(piece, start, piece.length) % 2;
  const from = Math.max(start, piece.length - LONGEST_ESCAPE);
  const last = piece.subarray(from).lastIndexOf(BACKSLASH);
  if (last < 0) return 0;
  return piece.length - from - last - 1 + backslashesBefore(piece, start, from + last + 1);
}

function decodeInto(memory, groups) {
  const room = memory.room((groups.length / 4) * 3);
  try {
    // White space is passed over without an error, but shows in the length.
    const { written } = room.setFromBase64(groups, { lastChunkHandling: "stop-before-partial" });
    if (written < room.length) return false;
  } catch {
    return false;
  }
  memory.size += room.length;
  return true;
}

function decodeLast(memory, tail) {
  try {
    const last = Uint8Array.fromBase64(tail);
    memory.room(last.length).set(last);
    memory.size += last.length;
    return true;
  } catch {
    return false;
  }
}

/**
 * Parse JSON while it arrives. Long base64 is decoded at once, so that neither its text nor the whole
 * body is ever in memory; JSON.parse reads the rest.
 */

import { GrowingBuffer } from "./growing_buffer.js";
import { DATA_HEAD, DecodedBase64, LONG, outline } from "./long_text.js";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The length of `\u002f`, the longest kind of escape. */
const LONGEST_ESCAPE = 6;

/** The beginning of base64 or of a data URL with base64, in JSON, where a slash may be escaped. */
const BASE64 = /^(?:data:(?:[\w.+;=-]|\\?\/)*;base64,)?(?:[A-Za-z0-9+/]|\\\/)*\\?$/;

/** The characters of base64 behind the last whole group of four. */
const TAIL = /^[A-Za-z0-9+/]{0,3}={0,2}$/;

/** Decodes a part of a text, which may begin with any character, a BOM included. */
const PART_DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** The beginning of a text that is not JSON is enough. */
const MOST_TEXT = 4096;

/**
 * Parses one JSON text in UTF-8. `expected` is its probable length in bytes, 0 if unknown; `limit` is
 * the maximum. Strings longer than `longest` become handles. If `strict`, invalid UTF-8 and numbers
 * that no double can represent throw.
 */
export class JsonReader {
  constructor(expected, limit, { longest = LONG, strict = false } = {}) {
    this.longest = longest;
    this.strict = strict;
    /** The JSON text, with a mark in place of each string of base64. */
    this.text = "";
    this.decoder = new TextDecoder("utf-8", { fatal: strict });
    this.memory = new GrowingBuffer(Math.ceil((expected * 3) / 4), Math.ceil((limit * 3) / 4));
    /** For each string of base64 a function that makes its handle at the end. */
    this.handles = [];
    // The mark is random, so that no string of the text can imitate it.
    this.mark = `${crypto.randomUUID()}:`;
    /** The position: `outside` strings, in a `short` string so far, in a `long` one, in `base64`. */
    this.state = "outside";
    this.pending = new Uint8Array();
    this.string = undefined;
  }

  /** The bytes of memory that the decoded strings occupy. */
  get capacity() {
    return this.memory.capacity;
  }

  /** The beginning of the text. */
  get beginning() {
    return this.text.slice(0, MOST_TEXT).toWellFormed();
  }

  /** Parse the next bytes of the text; the caller may overwrite them afterwards. */
  add(bytes) {
    const piece = this.pending.length ? joined(this.pending, bytes) : bytes;
    const { length } = piece;
    this.pending = new Uint8Array();
    let kept = 0; // Bytes before this are in the text, or decoded.
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
        const beginning = PART_DECODER.decode(piece.subarray(at, at + this.longest));
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

  /** The outline of the value. Throws a SyntaxError if the text is not JSON. */
  outline() {
    this.add(new Uint8Array());
    this.text += this.decoder.decode(this.pending) + this.decoder.decode();
    const value = JSON.parse(this.text, (_key, part) => this.withKeys(part));
    return outline(value, this.longest, (text) => this.handleOf(text));
  }

  handleOf(text) {
    return text.startsWith(this.mark) ? this.handles[text.slice(this.mark.length)]() : undefined;
  }

  /** An object whose keys are text again: a key may be base64 too, but cannot be a handle. */
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

  /** Decode a part of a string. If it is not base64, the decoded bytes become text again. */
  decode(part, isLast) {
    const { string, memory } = this;
    const before = memory.size - string.from;
    let text = unescaped(PART_DECODER.decode(part));
    const start = string.start ?? DATA_HEAD.exec(text)?.[0] ?? "";
    if (string.start === undefined) text = text.slice(start.length);
    text = string.tail + text;
    const padding = text.indexOf("=");
    const whole = padding < 0 ? text.length : padding;
    const groups = text.slice(0, whole - (whole % 4));
    const tail = text.slice(groups.length);
    if (TAIL.test(tail) && decodeInto(memory, groups) && (!isLast || decodeLast(memory, tail))) {
      Object.assign(string, { start, tail });
      if (isLast) this.endBase64();
      return true;
    }
    this.text += (string.start ?? "") + memory.view(string.from, before).toBase64() + string.tail;
    memory.size = string.from;
    return false;
  }

  /** Add a mark for a string of base64 that is complete. */
  endBase64() {
    const { from, start, tail } = this.string;
    const size = this.memory.size - from;
    const handle = () => new DecodedBase64(start, this.memory.view(from, size), tail);
    this.text += this.mark + (this.handles.push(handle) - 1);
  }
}

/** A part of a string without its escapes. If an escape is broken, the text stays and is not base64. */
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

/** The index of the quote that ends a string, or -1. */
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

/** The number of bytes at the end to parse with the next ones: half an escape, or a short string. */
function unfinished(piece, start, state) {
  if (state === "short") return piece.length - start;
  if (state === "long") return backslashesBefore(piece, start, piece.length) % 2;
  const from = Math.max(start, piece.length - LONGEST_ESCAPE);
  const last = piece.subarray(from).lastIndexOf(BACKSLASH);
  if (last < 0) return 0;
  return piece.length - from - last - 1 + backslashesBefore(piece, start, from + last + 1);
}

function decodeInto(memory, groups) {
  const target = memory.extend((groups.length / 4) * 3);
  try {
    // White space causes no error, but fewer bytes.
    const { written } = target.setFromBase64(groups, { lastChunkHandling: "stop-before-partial" });
    if (written < target.length) return false;
  } catch {
    return false;
  }
  memory.size += target.length;
  return true;
}

function decodeLast(memory, tail) {
  try {
    const last = Uint8Array.fromBase64(tail);
    memory.extend(last.length).set(last);
    memory.size += last.length;
    return true;
  } catch {
    return false;
  }
}

/** Long strings that stay in JavaScript, and JSON with marks where they stand. */

/** Strings of answers longer than this many characters do not cross into Python. */
export const LONG = 1024;

/** Marks where a handle stands in JSON; a string that happens to begin so is a handle, too. */
export const MARK = "\u0000easel:";

/**
 * A long string as Python can hold it: a bare one would be converted when Python takes it, and a
 * `String` object looks like a sequence of characters, which Pyodide goes through.
 */
class Held {
  constructor(text) {
    this.text = text;
  }

  get length() {
    return this.text.length;
  }

  head(length) {
    return this.text.slice(0, length).toWellFormed();
  }

  decode(start) {
    return Uint8Array.fromBase64(this.text.slice(start));
  }
}

/**
 * A long string that was decoded while it arrived: `start`, empty or the beginning of a data URL,
 * then base64. The last characters are kept, because several texts stand for the same bytes.
 */
export class HeldBase64 {
  constructor(start, content, tail) {
    this.start = start;
    this.content = content;
    this.tail = tail;
    this.groups = Math.floor(content.length / 3);
  }

  get length() {
    return this.start.length + 4 * this.groups + this.tail.length;
  }

  get text() {
    return this.head(this.length);
  }

  head(length) {
    const groups = Math.min(this.groups, Math.ceil(length / 4));
    const encoded = this.content.subarray(0, 3 * groups).toBase64();
    return (this.start + encoded + (groups === this.groups ? this.tail : "")).slice(0, length);
  }

  decode(start) {
    return start === this.start.length ? this.content : Uint8Array.fromBase64(this.text.slice(start));
  }
}

export const hold = (text) => new Held(text);

/** The bytes; throws SyntaxError where what follows the first `start` characters is not base64. */
export function decodeBase64(held, start) {
  return held.decode(start);
}

/**
 * JSON text of a value in which every string longer than `longest` is a mark, and those strings.
 * What is no Unicode text cannot cross at all, so it stays out as well. `taken` finds the strings
 * that were taken out before.
 */
export function outline(value, longest = LONG, taken = () => undefined) {
  const long = [];
  const staysOut = (text) => text.length > longest || text.startsWith(MARK) || !text.isWellFormed();
  const handleOf = (text) => taken(text) ?? (staysOut(text) ? hold(text) : undefined);
  const text = JSON.stringify(value ?? null, (_key, part) => {
    const handle = typeof part === "string" ? handleOf(part) : undefined;
    return handle ? MARK + (long.push(handle) - 1) : part;
  });
  return [text, ...long];
}

/** Handles to long strings, which stay in JavaScript, and JSON with marks in their places. */

/** Strings of answers that are longer than this many characters become handles. */
export const LONG = 1024;

/** A string of this and a number stands for a handle in JSON; a string that begins so is one, too. */
export const MARK = "\u0000easel:";

/** The part of a data URL before its content. */
export const DATA_HEAD = /^data:[^,]*,/;

/**
 * A handle to a string. Pyodide would convert a bare string, and it iterates over a `String` object
 * as a sequence of characters.
 */
class LongText {
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
 * A handle to a string whose base64 is decoded already: `start`, empty or the beginning of a data
 * URL, then the base64 of `content`. `tail` is its last characters, because several texts decode to
 * the same bytes.
 */
export class DecodedBase64 {
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

/** A handle to a long string whose base64 is decoded now, or undefined if it is not plain base64. */
export function decodeNow(text) {
  // White space within base64 decodes, too, but could not be restored.
  if (text.length <= LONG || /\s/.test(text)) return undefined;
  const start = DATA_HEAD.exec(text)?.[0] ?? "";
  try {
    const content = Uint8Array.fromBase64(text.slice(start.length));
    const tail = text.slice(start.length + 4 * Math.floor(content.length / 3));
    return new DecodedBase64(start, content, tail);
  } catch {
    return undefined;
  }
}

export const hold = (text) => new LongText(text);

/** The bytes behind the first `start` characters. Throws a SyntaxError if those are not base64. */
export function decodeBase64(handle, start) {
  return handle.decode(start);
}

/**
 * The outline of a value: its JSON text, in which every string longer than `longest` is a mark, and
 * the handles. A string that is not valid Unicode becomes a handle too, because Python cannot receive
 * it. `handleOf` returns the handle of a string that has one already.
 */
export function outline(value, longest = LONG, handleOf = () => undefined) {
  const handles = [];
  const isLong = (text) => text.length > longest || text.startsWith(MARK) || !text.isWellFormed();
  const find = (text) => handleOf(text) ?? (isLong(text) ? hold(text) : undefined);
  const text = JSON.stringify(value ?? null, (_key, part) => {
    const handle = typeof part === "string" ? find(part) : undefined;
    return handle ? MARK + (handles.push(handle) - 1) : part;
  });
  return [text, ...handles];
}

/** Write request bodies piece by piece, so that images are not in memory a second time. */

import { fieldsOf } from "./bridge.js";

/** A mark in JSON that Python wrote; it is a whole string. */
const MARKED = /"\\u0000easel:(\d+)"/;

/** The bytes of a piece of base64; a multiple of three, so that the pieces can be joined. */
const PIECE = 192 * 1024;

/** A body of at most this many bytes is sent in one piece. */
const SHORT = 256 * 1024;

/** Bytes as base64, in pieces. */
export function* base64Pieces(bytes) {
  for (let start = 0; start < bytes.length; start += PIECE) {
    yield new TextEncoder().encode(bytes.subarray(start, start + PIECE).toBase64());
  }
}

/** A stream of bytes as base64, in pieces. */
export async function* base64Stream(stream) {
  let rest = new Uint8Array();
  for await (const chunk of stream) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    const whole = bytes.length - (bytes.length % 3);
    if (whole) yield* base64Pieces(bytes.subarray(0, whole));
    rest = bytes.subarray(whole);
  }
  yield* base64Pieces(rest);
}

/** Parts of a body: a length in bytes, and a function that makes the pieces. */
const raw = (bytes) => ({ length: bytes.byteLength, pieces: () => [bytes] });
const textual = (text) => raw(new TextEncoder().encode(text));
const encoded = (bytes) => ({
  length: 4 * Math.ceil(bytes.byteLength / 3),
  pieces: () => base64Pieces(bytes),
});

/** The parts of an attachment in JSON, by `sent_as`. */
const IN_JSON = {
  text: (content) => [textual(JSON.stringify(content))],
  bytes: (content) => [textual(JSON.stringify(Array.from(content)))],
  base64: (content) => [textual('"'), encoded(content), textual('"')],
  data_url: (content, type) => [textual(`"data:${type};base64,`), encoded(content), textual('"')],
  url_object: (content, type) => [textual('{"url":'), ...IN_JSON.data_url(content, type), textual("}")],
};

/**
 * A body of known length for `fetch`: `{body, type}`. `text` is JSON with marks for `attachments`,
 * each `[sent_as, content, media type]`.
 */
export function encodeBody(text, attachments, encoding) {
  if (encoding === "text") return { body: JSON.parse(text).text, type: "application/json" };
  if (encoding === "json") return { body: bodyOf(jsonParts(text, attachments)), type: "application/json" };
  const boundary = `easel-${crypto.randomUUID()}`;
  const body = bodyOf([...formParts(fieldsOf(text, attachments, false), boundary)]);
  return { body, type: `multipart/form-data; boundary=${boundary}` };
}

function jsonParts(text, attachments) {
  return text.split(MARKED).flatMap((part, index) => {
    if (index % 2 === 0) return [textual(part)];
    const [sentAs, content, type] = attachments[part];
    return IN_JSON[sentAs](content, type);
  });
}

/** The parts of a form (RFC 7578); a list becomes several fields of the same name. */
function* formParts(fields, boundary) {
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      const head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"`;
      if (one?.file) {
        yield textual(`${head}; filename="blob"\r\nContent-Type: ${one.type}\r\n\r\n`);
        yield raw(one.file);
      } else {
        yield textual(`${head}\r\n\r\n${typeof one === "object" ? JSON.stringify(one) : one}`);
      }
      yield textual("\r\n");
    }
  }
  yield textual(`--${boundary}--\r\n`);
}

const quoted = (name) => name.replace(/["\r\n]/g, encodeURIComponent);

function bodyOf(parts) {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length <= SHORT) return new Blob(parts.flatMap((part) => [...part.pieces()]));
  const { readable, writable } = new FixedLengthStream(length);
  // If the connection breaks, `fetch` throws.
  write(parts, writable.getWriter()).catch(() => {});
  return readable;
}

async function write(parts, writer) {
  for (const part of parts) {
    for (const piece of part.pieces()) await writer.write(piece);
  }
  await writer.close();
}

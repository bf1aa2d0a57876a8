/** Read request bodies that may hold images: forms and JSON. */

import { GrowingBuffer } from "./growing_buffer.js";
import { JsonReader } from "./json.js";
import { outline } from "./long_text.js";
import { MemoryPool } from "./memory_pool.js";
import { MOST_DRAINED } from "./request.js";

/** Strings of a request are handles only above this length, so that every prompt crosses. */
const LONG_IN_REQUEST = 65536;

/** Bytes of the bodies of requests that are not answered yet. The largest allowed body fits. */
const pool = new MemoryPool(17 * 1000 * 1000);

/** The head of a part of a form names its field; browsers and SDKs need a fraction of this. */
const LONGEST_HEAD = 8192;

/** Functions that release the memory of a request's body, by request. */
const releases = new WeakMap();

const CRLF = [13, 10];
const DASH = 45;

/**
 * The outline of a JSON body, of null if the body is empty, or undefined if it is longer than `limit`
 * bytes. Throws if it is not JSON in UTF-8 or has a number that no double can represent, and a
 * TimeoutError if no memory is free within `patience` milliseconds.
 */
export async function readJson(request, limit, patience) {
  const options = { longest: LONG_IN_REQUEST, strict: true };
  const body = new JsonReader(declaredLength(request), limit, options);
  const size = await readInto(body, request, limit, patience);
  if (size === 0) return outline(null);
  return size > limit ? undefined : body.outline();
}

/**
 * A form as `[{texts, files} as JSON, ...contents]`: `texts` has pairs of a field and its text, `files`
 * the field of each file. Undefined if the body is longer than `limit` bytes. Throws if it is not a
 * form, and a TimeoutError as `readJson` does.
 *
 * The files are views of one buffer; `Response.formData` has the body in memory three times.
 */
export async function readForm(request, limit, patience) {
  const type = request.headers.get("content-type") ?? "";
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type) ?? [];
  const memory = new GrowingBuffer(declaredLength(request), limit);
  if ((await readInto(memory, request, limit, patience)) > limit) return undefined;
  const body = memory.view(0, memory.size);
  const [texts, files, contents] = [[], [], []];
  for (const { name, isFile, content } of partsOf(body, quoted ?? plain)) {
    if (isFile) contents.push(content) && files.push(name);
    else texts.push([name, new TextDecoder().decode(content)]);
  }
  return [JSON.stringify({ texts, files }), ...contents];
}

/** Release the memory of a request's body. */
export function release(request) {
  releases.get(request)?.();
}

const declaredLength = (request) => Number(request.headers.get("content-length"));

/**
 * Read a body after memory for it is free, and return its size. A body longer than `limit` bytes is
 * read to its end and discarded, so that the client sees the answer.
 */
async function readInto(body, request, limit, patience) {
  const declared = declaredLength(request);
  const mayFit = declared <= limit;
  if (mayFit) {
    const reserved = pool.reserve(declared || limit, AbortSignal.timeout(patience));
    releases.set(request, await reserved);
  }
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (mayFit && size <= limit) body.add(chunk);
    if (size > MOST_DRAINED) break;
  }
  return size;
}

/** The parts of a form (RFC 7578, RFC 2046 5.1). */
function* partsOf(body, boundary) {
  const delimiter = new TextEncoder().encode(`--${boundary}`);
  if (!boundary) throw new TypeError("the form has no boundary");
  let at = indexOf(body, delimiter, 0);
  for (;;) {
    at += delimiter.length;
    if (body[at] === DASH && body[at + 1] === DASH) return;
    const start = indexOf(body, CRLF, at) + CRLF.length;
    const headEnd = indexOf(body, [...CRLF, ...CRLF], start - CRLF.length);
    if (headEnd - start > LONGEST_HEAD) throw new TypeError("the head of a part is too long");
    const next = indexOf(body, [...CRLF, ...delimiter], headEnd + CRLF.length);
    const head = new TextDecoder().decode(body.subarray(start, headEnd));
    yield { ...readHead(head), content: body.subarray(headEnd + 2 * CRLF.length, next) };
    at = next + CRLF.length;
  }
}

/** The index of some bytes. Throws if they do not occur. */
function indexOf(body, bytes, start) {
  for (let at = start; ; at++) {
    at = body.indexOf(bytes[0], at);
    if (at < 0) throw new TypeError("the form is not complete");
    if (bytes.every((byte, index) => body[at + index] === byte)) return at;
  }
}

/** The field name of a part, and whether it is a file, from its content disposition. */
function readHead(head) {
  const disposition = /^content-disposition:\s*form-data\s*(;.*)$/im.exec(head)?.[1];
  const name = parameterOf(disposition, "name");
  if (name === undefined) throw new TypeError("a part of the form has no name");
  return { name, isFile: /;\s*filename\*?=/i.test(disposition) };
}

function parameterOf(disposition, name) {
  const match = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, "i").exec(disposition);
  const escapes = { "%22": '"', "%0D": "\r", "%0A": "\n" };
  return (match?.[1]?.replace(/\\(["\\])/g, "$1") ?? match?.[2])?.replace(/%22|%0D|%0A/g, (one) => escapes[one]);
}

/** Bodies of requests with images in them: forms and JSON. */

import { Growing } from "./growing.js";
import { outline } from "./held.js";
import { JsonReader } from "./json.js";
import { MOST_DRAINED } from "./request.js";
import { Room } from "./room.js";

/** In a request's own JSON even the longest prompt must cross. */
const LONG_IN_REQUEST = 65536;

/** What the bodies have that are being worked with, in bytes. One of the greatest size fits. */
const uploads = new Room(17 * 1000 * 1000);

/** The head of a part of a form names its field; browsers and SDKs need a fraction of this. */
const LONGEST_HEAD = 8192;

/** How long a body waits for room, in milliseconds. */
const WAITING = 20_000;

/** Gives the room of a request back. */
const releases = new WeakMap();

const CRLF = [13, 10];
const DASH = 45;

/**
 * The outline of a JSON body, that of null where the body is empty, or undefined when it is longer
 * than `limit` bytes. Throws where it is not JSON in UTF-8, or has numbers that no double holds.
 */
export async function readJson(request, limit) {
  const options = { longest: LONG_IN_REQUEST, strict: true };
  const body = new JsonReader(declaredLength(request), limit, options);
  const size = await readInto(body, request, limit);
  if (size === 0) return outline(null);
  return size > limit ? undefined : body.outline();
}

/**
 * A form: JSON of its texts and of its files' field names, each `[name, ...]` in order, followed by
 * the files; or undefined when the body is longer than `limit` bytes. Throws where it is no form.
 *
 * The files are views of the one body, which `Response.formData` would have three times in memory.
 */
export async function readForm(request, limit) {
  const type = request.headers.get("content-type") ?? "";
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type) ?? [];
  const memory = new Growing(declaredLength(request), limit);
  if ((await readInto(memory, request, limit)) > limit) return undefined;
  const body = memory.view(0, memory.size);
  const [texts, files, contents] = [[], [], []];
  for (const { name, isFile, content } of partsOf(body, quoted ?? plain)) {
    if (isFile) contents.push(content) && files.push(name);
    else texts.push([name, new TextDecoder().decode(content)]);
  }
  return [JSON.stringify({ texts, files }), ...contents];
}

/** Let another request have the room that a request has had. */
export function release(request) {
  releases.get(request)?.();
}

const declaredLength = (request) => Number(request.headers.get("content-length"));

/**
 * Read a body once there is room for it, and tell its size. One that is longer than `limit` bytes is
 * read on, to be thrown away. Throws a TimeoutError where there is no room.
 */
async function readInto(body, request, limit) {
  const declared = declaredLength(request);
  const mayFit = declared <= limit;
  if (mayFit) {
    const taken = uploads.take(declared || limit, AbortSignal.timeout(WAITING));
    releases.set(request, await taken);
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

/** Where some bytes stand. Throws where they do not. */
function indexOf(body, bytes, start) {
  for (let at = start; ; at++) {
    at = body.indexOf(bytes[0], at);
    if (at < 0) throw new TypeError("the form is not complete");
    if (bytes.every((byte, index) => body[at + index] === byte)) return at;
  }
}

/** How a part's content disposition names it. */
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

/**
 * What must be done in JavaScript: everything that touches the bytes of images and long strings.
 * Python passes handles in and out, and small values as JSON text, one crossing each.
 */

import { decodeBase64, hold, MARK, outline } from "./held.js";
import { base64Pieces, base64Stream } from "./bodies.js";

export { decodeBase64, hold };

/** A request's small parts: `{method, url, headers}` as JSON. */
export function describeRequest(request) {
  return JSON.stringify({
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
  });
}

/** A controller that aborts when the client leaves, as far as the runtime sees it. */
export function watch(request) {
  const leaving = new AbortController();
  if (request.signal.aborted) leaving.abort();
  request.signal.addEventListener("abort", () => leaving.abort(), { once: true });
  return leaving;
}

/**
 * An answer given while the client is still sending breaks the connection, so that the client never
 * sees it. What nobody wants of a body is therefore read and thrown away, up to so many bytes of
 * it, which is as long as Cloudflare lets most bodies be.
 * https://developers.cloudflare.com/workers/platform/limits/#request-and-response-limits
 */
export const MOST_DRAINED = 100_000_000;

/** A client that sends nothing for so long waits for the answer. */
const IDLE_MILLISECONDS = 1000;

/** Whether a request has a body of which nothing was read. */
export const isUnread = (request) => request.body !== null && !request.bodyUsed;

/** Throw away a body that nobody has read. */
export async function drain(request) {
  const reader = request.body.getReader();
  let left = MOST_DRAINED;
  try {
    while (left > 0) {
      const chunk = await orIdle(reader.read());
      if (!chunk || chunk.done) break;
      left -= chunk.value.byteLength;
    }
  } catch {
    // The client has left.
  }
  reader.cancel().catch(() => {});
}

/** What a promise gives, or undefined when it takes too long. */
async function orIdle(promise) {
  let timer;
  const idle = new Promise((resolve) => (timer = setTimeout(resolve, IDLE_MILLISECONDS)));
  return Promise.race([promise, idle]).finally(() => clearTimeout(timer));
}

/** The body as a Uint8Array, or undefined when it is longer than `limit` bytes. */
export async function readBody(request, limit) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size <= limit) chunks.push(chunk);
    else chunks.length = 0;
    if (size > MOST_DRAINED) break;
  }
  if (size > limit) return undefined;
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body;
}

/**
 * A response. A list as body holds strings and bytes; the bytes are sent as base64, of which there is
 * only a piece in memory at a time.
 */
export function makeResponse(status, headers, body) {
  const init = { status, headers: JSON.parse(headers) };
  if (!Array.isArray(body)) return new Response(body, init);
  if (body.every((part) => typeof part === "string")) return new Response(body.join(""), init);
  const pieces = piecesOf(body);
  const stream = new ReadableStream({
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  return new Response(stream, init);
}

/** The bytes of parts, in pieces; a part that was sent is let go of. */
async function* piecesOf(parts) {
  while (parts.length) {
    const part = parts.shift();
    if (typeof part === "string") yield new TextEncoder().encode(part);
    else if (part.open) yield* base64Stream(await part.open());
    else yield* base64Pieces(part);
  }
}

/** A body that is written while it is read: `send` tells whether anyone still reads. */
export function openChannel() {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  return {
    readable,
    async send(parts) {
      try {
        for await (const piece of piecesOf(parts)) await writer.write(piece);
        return true;
      } catch {
        return false;
      }
    },
    close: () => writer.close().catch(() => {}),
  };
}

/**
 * Call the AI binding: an ArrayBuffer for a stream of bytes, else what `outline` makes of it. A
 * mark in the JSON of the inputs stands for one of `attachments`, each `[how it is sent, content,
 * media type]`.
 */
export async function runModel(ai, model, inputs, asForm, options, attachments) {
  const values = fieldsOf(inputs, attachments);
  const sent = asForm ? await formOf(values) : values;
  const result = await ai.run(model, sent, JSON.parse(options));
  if (result instanceof ReadableStream) return new Response(result).bytes();
  return outline(result);
}

/** JSON with marks as the value that it stands for. */
export function fieldsOf(text, attachments, asBlobs = true) {
  const attached = attachments.map((one) => attach(one, asBlobs));
  return JSON.parse(text, (_key, part) =>
    typeof part === "string" && part.startsWith(MARK) ? attached[part.slice(MARK.length)] : part,
  );
}

/** What becomes of an attachment among a model's inputs, by how it is sent. */
const ATTACH = {
  text: (content) => content,
  file: (content, mediaType) => new Blob([content], { type: mediaType }),
  bytes: (content) => Array.from(content),
  base64: (content) => content.toBase64(),
  data_url: (content, mediaType) => `data:${mediaType};base64,${ATTACH.base64(content)}`,
  url_object: (content, mediaType) => ({ url: ATTACH.data_url(content, mediaType) }),
};

function attach([sentAs, content, mediaType], asBlobs) {
  if (sentAs === "file" && !asBlobs) return { file: content, type: mediaType };
  return ATTACH[sentAs](content, mediaType);
}

/**
 * Inputs as the binding takes a form: its bytes and the content type with the boundary. They are
 * written out first, because a form that is streamed leaves several times its size as garbage.
 * https://developers.cloudflare.com/workers-ai/models/flux-2-dev/
 */
async function formOf(values) {
  const encoded = new Response(formData(values));
  const contentType = encoded.headers.get("content-type");
  return { multipart: { body: new Response(await encoded.arrayBuffer()).body, contentType } };
}

/** A form; a list is a field that occurs several times. */
export function formData(values) {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) form.append(name, fieldOf(one));
  }
  return form;
}

function fieldOf(value) {
  if (value instanceof Blob) return value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/**
 * Call the Images binding with an ArrayBuffer or a stream: the media type of what it made and its
 * bytes. `steps` and `output` are JSON of the options of each `transform` and of `output`.
 */
export async function transform(images, content, steps, output) {
  const image = images.input(new Response(content).body);
  for (const step of JSON.parse(steps)) image.transform(step);
  const result = await image.output(JSON.parse(output));
  return [result.contentType(), await result.response().bytes()];
}

/** The headers, as JSON, and the body of the cached answer to a GET, or undefined. */
export async function matchCached(url) {
  const found = await caches.default.match(url);
  return found ? [JSON.stringify(Object.fromEntries(found.headers)), found.body] : undefined;
}

export async function putCached(url, headers, content) {
  await caches.default.put(url, new Response(content, { headers: JSON.parse(headers) }));
}

/** Ask the Durable Object of the ledger: the JSON that its `call` answers. */
export function callLedger(namespace, object, name, text) {
  return namespace.get(namespace.idFromName(object)).call(name, text);
}

/** The rows of a statement as JSON, each a list; `values` is JSON of what its marks stand for. */
export function query(sql, statement, values) {
  return JSON.stringify([...sql.exec(statement, ...JSON.parse(values)).raw()]);
}

/** The SHA-256 of an ArrayBuffer, or of a string that `hold` holds, in hexadecimal digits. */
export async function digest(content) {
  // Of a text that is decoded already, the bytes say as much.
  const bytes = content.content ?? (content.text === undefined ? content : new TextEncoder().encode(content.text));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Whether a rate limiter lets somebody pass. */
export async function isWithinRate(limiter, key) {
  const { success } = await limiter.limit({ key });
  return success;
}

export async function sendLater(queue, text, delaySeconds) {
  await queue.send(text, { contentType: "text", delaySeconds });
}

/** Be done with a message of the queue, or have it come again after some seconds. */
export function settle(message, delaySeconds) {
  // Python's None arrives as undefined.
  if (delaySeconds === undefined) message.ack();
  else message.retry({ delaySeconds });
}

/** Write a data point of Analytics Engine; `point` is JSON of `{indexes, blobs, doubles}`. */
export function measure(dataset, point) {
  dataset.writeDataPoint(JSON.parse(point));
}

/** Run statements, JSON of `[statement, values]` each. */
export function run(sql, statements) {
  for (const [statement, values] of JSON.parse(statements)) sql.exec(statement, ...values);
}

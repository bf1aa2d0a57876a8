/**
 * What must be done in JavaScript: everything that touches the bytes of images and long strings.
 * Python passes handles in and out, and small values as JSON text, one crossing each.
 */

/** Strings longer than this many characters do not cross into Python. */
const LONG = 1024;

/** Marks where a long string stood; a string that begins with it is always moved out. */
const MARK = "\u0000easel:";

/** A request's small parts: `{method, url, headers}` as JSON. */
export function describeRequest(request) {
  return JSON.stringify({
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
  });
}

/** How many times its limit of a body that is too long is read on, to be thrown away. */
const PATIENCE = 16;

/**
 * The body as a Uint8Array, or undefined when it is longer than `limit` bytes. An answer given
 * while the client is still sending breaks the connection, so a moderate excess is drained first.
 */
export async function readBody(request, limit) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size <= limit) chunks.push(chunk);
    else chunks.length = 0;
    if (size > limit * PATIENCE) break;
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
 * A response. A list as body holds strings and ArrayBuffers; the buffers are sent as base64, each
 * encoded only when its turn comes, so that no more than one is in memory twice.
 */
export function makeResponse(status, headers, body) {
  const init = { status, headers: JSON.parse(headers) };
  if (!Array.isArray(body)) return new Response(body, init);
  if (body.every((part) => typeof part === "string")) return new Response(body.join(""), init);
  const encoder = new TextEncoder();
  const parts = body.values();
  const stream = new ReadableStream({
    pull(controller) {
      const { value, done } = parts.next();
      if (done) return controller.close();
      const text = typeof value === "string" ? value : new Uint8Array(value).toBase64();
      controller.enqueue(encoder.encode(text));
    },
  });
  return new Response(stream, init);
}

/** Call the AI binding: an ArrayBuffer for a stream of bytes, else what `outline` makes of it. */
export async function runModel(ai, model, inputs) {
  const result = await ai.run(model, JSON.parse(inputs));
  if (result instanceof ReadableStream) return new Response(result).arrayBuffer();
  return outline(result);
}

/** JSON text of a value in which every long string is a mark, followed by those strings. */
function outline(value) {
  const long = [];
  const text = JSON.stringify(value ?? null, (_key, part) =>
    typeof part === "string" && (part.length > LONG || part.startsWith(MARK))
      ? MARK + (long.push(part) - 1)
      : part,
  );
  // Boxed, because a bare string in an array would be converted when Python takes it out.
  return [text, ...long.map((part) => new String(part))];
}

/** Throws SyntaxError where the string is not base64. */
export function decodeBase64(text) {
  return Uint8Array.fromBase64(text.toString()).buffer;
}

/** Scale to cover `width` x `height` pixels, cropping evenly; the format stays. */
export async function resize(images, content, mediaType, width, height) {
  const result = await images
    .input(new Response(content).body)
    .transform({ width, height, fit: "cover" })
    .output({ format: mediaType, quality: 90 });
  return result.response().arrayBuffer();
}

export async function putObject(bucket, key, content, contentType, metadata) {
  await bucket.put(key, content, {
    httpMetadata: { contentType },
    customMetadata: JSON.parse(metadata),
  });
}

export async function headObject(bucket, key) {
  const object = await bucket.head(key);
  return object ? [describeObject(object)] : undefined;
}

/**
 * Open an object: its description as JSON and its body, which is missing where a condition failed.
 * `conditions` and `range` are JSON of the `If-...` headers and of an R2Range or null.
 */
export async function getObject(bucket, key, conditions, range) {
  const object = await bucket.get(key, {
    onlyIf: new Headers(JSON.parse(conditions)),
    range: JSON.parse(range) ?? undefined,
  });
  return object ? [describeObject(object), object.body] : undefined;
}

function describeObject(object) {
  const { offset = 0, length = object.size - offset } = object.range ?? {};
  return JSON.stringify({
    size: object.size,
    etag: object.httpEtag,
    content_type: object.httpMetadata?.contentType ?? "application/octet-stream",
    uploaded: object.uploaded.toISOString(),
    offset,
    length,
  });
}

/** Make responses, whole or streamed. */

import { base64Pieces, base64Stream } from "./bodies.js";

/**
 * A response. If the body is a list of strings and bytes, the bytes are sent as base64, with only a
 * piece of it in memory at a time.
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

/** The parts as pieces of bytes. Each part is removed from the list, so that its memory is freed. */
async function* piecesOf(parts) {
  while (parts.length) {
    const part = parts.shift();
    if (typeof part === "string") yield new TextEncoder().encode(part);
    else if (part.open) yield* base64Stream(await part.open());
    else yield* base64Pieces(part);
  }
}

/** A streamed body: `send` writes parts and returns whether the client still reads. */
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

/** Read the body of a response within a byte limit, after memory is reserved for a large one. */

import { GrowingBuffer } from "./growing_buffer.js";
import { MemoryPool, SMALL } from "./memory_pool.js";

/**
 * Bytes of providers' answers and downloaded results that are not stored yet. The largest allowed
 * answer fits: 30 MB beside the 66 MB of an idle isolate, which has 128 MB.
 */
const pool = new MemoryPool(30 * 1000 * 1000);

/** The first piece of a body has at least this many bytes, few because most answers are short. */
const SMALLEST_PIECE = 16 * 1024;
const LARGEST_PIECE = 256 * 1024;

/** The memory reserved for one answer; none while it is small. */
export class Reservation {
  /** `bytes` is the most that the answer needs. The provider's time-out pauses during the wait. */
  constructor(bytes, timeout) {
    this.bytes = bytes;
    this.timeout = timeout;
    this.free = undefined;
    this.release = () => {
      this.free?.();
      this.free = undefined;
    };
  }

  /** Wait for memory once `size` bytes have arrived and the answer is not small any more. */
  async cover(size) {
    if (this.free || size <= SMALL) return;
    // The answer is paid for: the wait must not end it.
    this.timeout.pause();
    this.free = await pool.reserve(this.bytes);
    this.timeout.resume();
  }

  /** Release all but the bytes that the whole answer occupies. */
  shrink(bytes) {
    if (!this.free || bytes >= this.bytes) return;
    const rest = pool.take(bytes);
    this.free();
    this.free = rest;
  }
}

/** The length of a body in bytes if the server declares it, else 0. */
export function declaredLength(response) {
  return response.headers.has("content-encoding") ? 0 : Number(response.headers.get("content-length"));
}

/**
 * Read a body. Throws a RangeError if it is longer than `limit` bytes. If `reservation` is given it
 * covers the body; the caller releases it, also after an error.
 */
export async function readBytes(response, limit, reservation) {
  const content = new GrowingBuffer(declaredLength(response), limit);
  for await (const piece of piecesOf(response, limit, reservation)) content.add(piece);
  reservation?.shrink(content.capacity);
  return content.view(0, content.size);
}

/** Read a stream of a binding. Throws a RangeError if it is longer than `limit` bytes. */
export async function readStream(stream, limit) {
  const content = new GrowingBuffer(0, limit);
  for await (const piece of stream) {
    if (content.size + piece.byteLength > limit) throw tooLong(limit);
    content.add(piece);
  }
  return content.view(0, content.size);
}

const tooLong = (limit) => new RangeError(`the body is longer than ${limit} bytes`);

/**
 * The pieces of a body. They are large because each costs a turn of the event loop, and all have
 * the same memory. An early exit from the loop cancels the body. Throws as `readBytes` does.
 * https://developers.cloudflare.com/workers/runtime-apis/streams/readablestreambyobreader/
 */
export async function* piecesOf(response, limit, reservation) {
  if (!response.body) return;
  const reader = response.body.getReader({ mode: "byob" });
  let received = 0;
  try {
    if (Number(response.headers.get("content-length")) > limit) throw tooLong(limit);
    // A buffer of the declared length is allocated for the first piece already.
    await reservation?.cover(declaredLength(response));
    let memory = new ArrayBuffer(SMALLEST_PIECE);
    for (let size = SMALLEST_PIECE; ; size = Math.min(4 * size, LARGEST_PIECE)) {
      if (memory.byteLength !== size) memory = new ArrayBuffer(size);
      const { value, done } = await reader.readAtLeast(size, new Uint8Array(memory));
      // These are the bytes after decompression.
      received += value?.byteLength ?? 0;
      if (received > limit) throw tooLong(limit);
      await reservation?.cover(received);
      if (value?.byteLength) yield value;
      if (done) break;
      memory = value.buffer;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

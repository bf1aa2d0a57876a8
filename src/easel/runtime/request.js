/** Read a request's head and body, and detect when its client disconnects. */

/** The head of a request: `{method, url, headers}` as JSON. */
export function describeRequest(request) {
  return JSON.stringify({
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
  });
}

/** An AbortController that aborts when the runtime notices that the client has disconnected. */
export function watch(request) {
  const leaving = new AbortController();
  if (request.signal.aborted) leaving.abort();
  request.signal.addEventListener("abort", () => leaving.abort(), { once: true });
  return leaving;
}

/**
 * An answer that is sent while the client is still uploading breaks the connection, and the client
 * never sees the answer. An unwanted body is therefore read and discarded, up to this many bytes,
 * which is Cloudflare's limit for most accounts.
 * https://developers.cloudflare.com/workers/platform/limits/#request-and-response-limits
 */
export const MOST_DRAINED = 100_000_000;

/** A client that sends nothing for so long waits for the answer; a busy one may pause for seconds. */
const IDLE_MILLISECONDS = 5000;

/** A client that sends slowly on purpose does not keep the request longer. */
const DRAIN_MILLISECONDS = 30_000;

/** Whether a request has a body that has not been read. */
export const isUnread = (request) => request.body !== null && !request.bodyUsed;

/** Discard an unread body. */
export async function drain(request) {
  const reader = request.body.getReader();
  const end = Date.now() + DRAIN_MILLISECONDS;
  let left = MOST_DRAINED;
  try {
    while (left > 0 && Date.now() < end) {
      const chunk = await orIdle(reader.read());
      if (!chunk || chunk.done) break;
      left -= chunk.value.byteLength;
    }
  } catch {
    // The client has disconnected.
  }
  reader.cancel().catch(() => {});
}

/** The value of a promise, or undefined if it takes too long. */
async function orIdle(promise) {
  let timer;
  const idle = new Promise((resolve) => (timer = setTimeout(resolve, IDLE_MILLISECONDS)));
  return Promise.race([promise, idle]).finally(() => clearTimeout(timer));
}

/** The body as a Uint8Array, or undefined if it is longer than `limit` bytes. */
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

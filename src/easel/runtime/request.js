/** Requests: their small parts, when their clients leave, and their bodies. */

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

/** A client that sends nothing for so long waits for the answer; a busy one may pause for seconds. */
const IDLE_MILLISECONDS = 5000;

/** A client that sends slowly on purpose does not keep the request longer. */
const DRAIN_MILLISECONDS = 30_000;

/** Whether a request has a body of which nothing was read. */
export const isUnread = (request) => request.body !== null && !request.bodyUsed;

/** Throw away a body that nobody has read. */
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

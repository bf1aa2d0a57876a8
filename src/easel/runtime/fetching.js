/** Fetching URLs that strangers chose; the bytes stay in JavaScript. */

import { Growing } from "./growing.js";

/**
 * GET a URL: `[{status, location, content_type} as JSON, body]`. `headers` is JSON too. The body, bytes, is there for a 200 alone; any other is let go of unread.
 *
 * Throws a TimeoutError when not everything came within the time, a RangeError when the body is
 * longer than `limit` bytes, and what `fetch` throws. All of these end the connection.
 */
export async function openUrl(url, headers, milliseconds, limit) {
  const signal = AbortSignal.timeout(milliseconds);
  try {
    const init = { headers: JSON.parse(headers), redirect: "manual", signal };
    const response = await fetch(url, init);
    const facts = JSON.stringify({
      status: response.status,
      location: response.headers.get("location"),
      content_type: response.headers.get("content-type") ?? "",
    });
    if (response.status === 200) return [facts, await readAtMost(response, limit)];
    await response.body?.cancel();
    return [facts];
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

async function readAtMost(response, limit) {
  const tooLong = () => new RangeError(`the body is longer than ${limit} bytes`);
  if (Number(response.headers.get("content-length")) > limit) {
    await response.body?.cancel();
    throw tooLong();
  }
  const content = new Growing(Number(response.headers.get("content-length")), limit);
  // To throw inside this loop is to cancel the body. What is counted is what comes out of gzip.
  for await (const chunk of response.body ?? []) {
    if (content.size + chunk.byteLength > limit) throw tooLong();
    content.add(chunk);
  }
  return content.view(0, content.size);
}

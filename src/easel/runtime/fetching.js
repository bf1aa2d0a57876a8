/** Fetch images from URLs that callers or providers give; their bytes stay in JavaScript. */

import { declaredLength, Reservation, readBytes } from "./reading.js";
import { PausableTimeout } from "./timeouts.js";

/**
 * GET a URL: `[{status, location, content_type} as JSON, release, body]`. `headers` is JSON. Only the
 * body of a 200 is read. If `reserves`, memory is reserved for a large body; `release` releases it.
 *
 * Throws a TimeoutError if the body is not complete in time, a RangeError if it is longer than
 * `limit` bytes, and the errors of `fetch`. The connection is closed in every case.
 */
export async function openUrl(url, headers, milliseconds, limit, reserves) {
  const timeout = new PausableTimeout(milliseconds);
  const { signal } = timeout;
  let reservation;
  try {
    const init = { headers: JSON.parse(headers), redirect: "manual", signal };
    const response = await fetch(url, init);
    const facts = JSON.stringify({
      status: response.status,
      location: response.headers.get("location"),
      content_type: response.headers.get("content-type") ?? "",
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return [facts];
    }
    if (reserves) reservation = new Reservation(declaredLength(response) || limit, timeout);
    const body = await readBytes(response, limit, reservation);
    return [facts, reservation?.release, body];
  } catch (error) {
    reservation?.release();
    throw signal.aborted ? signal.reason : error;
  } finally {
    timeout.pause();
  }
}

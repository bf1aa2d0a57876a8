/**
 * What must be done in JavaScript: everything that touches the bytes of images and long strings.
 * Python passes handles in and out, and small values as JSON text, one crossing each.
 */

import { decodeBase64, hold, MARK, outline } from "./held.js";

export { decodeBase64, hold };

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

/**
 * The bindings and other JavaScript functions that Python calls. The bytes of images and long strings
 * cross into Python as handles, small values as one JSON text.
 */

import { DecodedBase64, decodeBase64, decodeNow, hold, LONG, MARK, outline } from "./long_text.js";
import { readStream } from "./reading.js";

export { decodeBase64, hold };

/** The most bytes of an image from the AI binding or the Images binding, as of a provider's answer. */
const LARGEST_IMAGE = 30 * 1000 * 1000;

/**
 * Call the AI binding: a Uint8Array for a stream of bytes, otherwise an outline. A mark in the JSON of
 * the inputs stands for one of `attachments`, each `[sent_as, content, media type]`.
 */
export async function runModel(ai, model, inputs, asForm, options, attachments) {
  const values = fieldsOf(inputs, attachments);
  const sent = asForm ? await formOf(values) : values;
  const result = await ai.run(model, sent, JSON.parse(options));
  if (result instanceof ReadableStream) return await readStream(result, LARGEST_IMAGE);
  // Once the base64 is decoded, its text is garbage.
  return outline(result, LONG, decodeNow);
}

/** The value of JSON text, with attachments in place of the marks. */
export function fieldsOf(text, attachments, asBlobs = true) {
  const attached = attachments.map((one) => attach(one, asBlobs));
  return JSON.parse(text, (_key, part) =>
    typeof part === "string" && part.startsWith(MARK) ? attached[part.slice(MARK.length)] : part,
  );
}

/** The values of attachments among a model's inputs, by `sent_as`. */
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
 * A form as the binding takes it: its bytes and the content type with the boundary. The form is
 * encoded first, because a streamed form leaves several times its size as garbage.
 * https://developers.cloudflare.com/workers-ai/models/flux-2-dev/
 */
async function formOf(values) {
  const encoded = new Response(formData(values));
  const contentType = encoded.headers.get("content-type");
  return { multipart: { body: new Response(await encoded.arrayBuffer()).body, contentType } };
}

/** A form; a list becomes several fields of the same name. */
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
 * Call the Images binding with bytes or a stream: the media type and the bytes of the new image.
 * `steps` is JSON of the options of each `transform`, `output` those of `output`.
 */
export async function transform(images, content, steps, output) {
  const image = images.input(new Response(content).body);
  for (const step of JSON.parse(steps)) image.transform(step);
  const result = await image.output(JSON.parse(output));
  return [result.contentType(), await readStream(result.image(), LARGEST_IMAGE)];
}

/** The headers as JSON and the body of the cached answer to a GET, or undefined. */
export async function matchCached(url) {
  const found = await caches.default.match(url);
  return found ? [JSON.stringify(Object.fromEntries(found.headers)), found.body] : undefined;
}

export async function putCached(url, headers, content) {
  await caches.default.put(url, new Response(content, { headers: JSON.parse(headers) }));
}

/** The SHA-256 of bytes or of the string of a handle, in hexadecimal digits. */
export async function digest(content) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(content))).toHex();
}

function bytesOf(content) {
  // The decoded bytes identify a base64 text just as well.
  if (content instanceof DecodedBase64) return content.content;
  return content.text === undefined ? content : new TextEncoder().encode(content.text);
}

/** Whether a request of this key is within the rate limit. */
export async function isWithinRate(limiter, key) {
  const { success } = await limiter.limit({ key });
  return success;
}

export async function sendLater(queue, text, delaySeconds) {
  await queue.send(text, { contentType: "text", delaySeconds });
}

/** Acknowledge a message of the queue, or have it delivered again after some seconds. */
export function settle(message, delaySeconds) {
  // Python's None arrives as undefined.
  if (delaySeconds === undefined) message.ack();
  else message.retry({ delaySeconds });
}

/** Write a data point of Analytics Engine; `point` is JSON of `{indexes, blobs, doubles}`. */
export function measure(dataset, point) {
  dataset.writeDataPoint(JSON.parse(point));
}

import { bindingError, schemaError, upstreamError } from "./errors.js";
import { identify } from "./images.js";
import { MODELS } from "./models.js";
import { numbersOfForm, validate } from "./validate.js";

const isForm = (inputs) => inputs?.multipart?.body instanceof ReadableStream;

/**
 * Reads a multipart body, which can be read only once, into plain values: `{multipart: {field:
 * value}}`, with files as byte arrays. Other inputs stay as they are.
 */
export async function readForm(inputs, options) {
  if (!isForm(inputs)) return inputs;
  const { body, contentType } = inputs.multipart;
  // Both refusals are the binding's own: cloudflare/workerd, src/cloudflare/internal/ai-api.ts.
  if (!contentType) throw bindingError("Content-Type is required with ReadableStream inputs");
  if (options?.gateway?.id) throw bindingError("AI Gateway does not support ReadableStreams yet.");
  const form = await new Response(body, { headers: { "content-type": contentType } }).formData().catch(() => {
    // Most often a content type without its boundary. Upstream's code for it is not documented.
    throw upstreamError(3003);
  });
  const fields = {};
  for (const name of new Set(form.keys())) {
    const plain = (value) => (typeof value === "string" ? value : value.bytes());
    const values = await Promise.all(form.getAll(name).map(plain));
    fields[name] = values.length === 1 ? values[0] : values;
  }
  return { ...inputs, multipart: fields };
}

function fieldsOf({ schema, multipart }, inputs) {
  if (!multipart) return validate(schema, inputs ?? {});
  if (!inputs?.multipart) throw schemaError("required properties at '/' are 'multipart'");
  return validate(schema, numbersOfForm(schema, inputs.multipart));
}

/** An image file out of an input field, with its format and size in pixels. */
function imageFrom(name, value, { maxSide = Infinity } = {}) {
  const bytes = typeof value === "string" ? bytesOfBase64(value) : Uint8Array.from(value);
  const header = identify(bytes);
  if (!header) throw unusable(name, "is not an image");
  if (Math.max(header.width, header.height) > maxSide) throw unusable(name, `is larger than ${maxSide}x${maxSide}`);
  return { name, bytes, ...header };
}

function bytesOfBase64(text) {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    throw upstreamError(5004);
  }
}

/** Upstream's answer to an image it cannot use. The code has been seen, the wording is ours. */
export const unusable = (name, reason) =>
  upstreamError(3010, `Invalid or incomplete input for the model: file in ${name} ${reason}`);

const IMAGE_FIELD = /^(image|image_b64|mask|input_image_\d)$/;

/**
 * Makes sense of a call as upstream would, or throws upstream's error. The result holds the
 * `prompt`, the `seed` (a random one if none was sent; `seeded` says which), the `size` in pixels,
 * the model's `output` form, the `images` that were sent and all other fields as `parameters`.
 */
export function understand(id, inputs) {
  const model = MODELS.get(id);
  if (!model) throw upstreamError(5007, `No such model ${id} or task`);

  const { prompt, seed, width, height, ...rest } = fieldsOf(model, inputs);
  const images = [];
  const parameters = {};
  for (const [name, value] of Object.entries(rest)) {
    if (IMAGE_FIELD.test(name)) images.push(imageFrom(name, value, model.schema.properties[name]));
    else parameters[name] = value;
  }
  const input = model.sizeOfInput && images.find(({ name }) => name !== "mask");
  const [usualWidth, usualHeight] = input ? [input.width, input.height] : model.size;
  return {
    id,
    output: model.output,
    prompt,
    seed: seed ?? crypto.getRandomValues(new Uint32Array(1))[0],
    seeded: seed !== undefined,
    size: [width || usualWidth, height || usualHeight],
    images,
    parameters,
  };
}

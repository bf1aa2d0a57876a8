import { bindingError, schemaError, upstreamError } from "./errors.js";
import { chosenBy, MODELS } from "./models.js";
import { sizeFor } from "./sizes.js";
import { imagesIn } from "./sources.js";
import { numbersOfForm, validate } from "./validate.js";

const isForm = (inputs) => inputs?.multipart?.body instanceof ReadableStream;

/**
 * Reads a multipart body, which can be read only once, into plain values: `{multipart: {field:
 * value}}`, with files as byte arrays. Other inputs are returned unchanged.
 */
export async function readForm(inputs, options) {
  if (!isForm(inputs)) return inputs;
  const { body, contentType } = inputs.multipart;
  // The binding itself throws both errors: cloudflare/workerd, src/cloudflare/internal/ai-api.ts.
  if (!contentType) throw bindingError("Content-Type is required with ReadableStream inputs");
  if (options?.gateway?.id) throw bindingError("AI Gateway does not support ReadableStreams yet.");
  const form = await new Response(body, { headers: { "content-type": contentType } }).formData().catch(() => {
    // Usually the content type lacks its boundary. Upstream's code for that is not documented.
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

/** Returns the seed of a call: a random one if none was sent, undefined if the model takes none. */
function seedFor({ schema }, { seed }) {
  if (!("seed" in schema.properties)) return undefined;
  return seed ?? crypto.getRandomValues(new Uint32Array(1))[0];
}

/**
 * Parses and validates a call, or throws upstream's error. The result has the `prompt`, the `seed`
 * (undefined if the model takes none; `seeded` says whether it was sent), the `size` in pixels, the
 * kind and format of the `output`, the input `images` and all other fields as `parameters`.
 */
export function readRequest(id, inputs) {
  const model = MODELS.get(id);
  if (!model) throw upstreamError(5007, `No such model ${id} or task`);

  const fields = fieldsOf(model, inputs);
  const images = imagesIn(model.schema, fields);
  const { prompt, seed, width, height, ...rest } = fields;
  const isImage = (field) => images.some(({ name }) => name === field);
  const { as, format, formatBy } = model.output;
  return {
    id,
    output: { as, format: chosenBy(formatBy, fields) ?? format },
    prompt,
    seed: seedFor(model, fields),
    seeded: seed !== undefined,
    size: sizeFor(model, fields, images),
    images,
    parameters: Object.fromEntries(Object.entries(rest).filter(([name]) => !isImage(name))),
  };
}

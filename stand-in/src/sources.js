import { unusable, upstreamError } from "./errors.js";
import { decodes, identify } from "./images.js";

const DATA_URI = /^data:([^;,]*);base64,/i;

function bytesOfBase64(text) {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    throw upstreamError(5004);
  }
}

/** Returns the bytes of an image field, and the media type of its data: URI. */
function contentOf(name, value, forms) {
  if (typeof value !== "string") return { bytes: Uint8Array.from(value) };
  if (forms.includes("data")) {
    const [start, mediaType] = DATA_URI.exec(value) ?? [];
    if (start) return { bytes: bytesOfBase64(value.slice(start.length)), mediaType };
  }
  if (forms.includes("base64")) return { bytes: bytesOfBase64(value) };
  throw unusable(name, "is neither a base64 data: URI nor an http(s) URL");
}

/** Reads an input image: a file with its format and size in pixels, or an http(s) URL. */
function readImage(name, value, { image: forms, maxSide = Infinity }) {
  if (forms.includes("http") && /^https?:\/\//i.test(value) && URL.canParse(value)) return { name, url: value };
  const { bytes, mediaType } = contentOf(name, value, forms);
  const header = identify(bytes);
  if (!header) throw unusable(name, "is not an image");
  const { format, width, height } = header;
  if (mediaType !== undefined && mediaType !== `image/${format}`) {
    throw unusable(name, `is image/${format}, not '${mediaType}'`);
  }
  if (Math.max(width, height) > maxSide) throw unusable(name, `is larger than ${maxSide}x${maxSide}`);
  return { name, bytes, format, width, height };
}

function* imagesAt(name, schema, value) {
  if (value === undefined) return;
  if (schema.image) {
    yield readImage(name, value, schema);
  } else if (schema.items) {
    for (const item of value) yield* imagesAt(name, schema.items, item);
  } else if (schema.properties) {
    for (const [key, item] of Object.entries(value)) yield* imagesAt(name, schema.properties[key], item);
  }
}

/** Returns all input images in a call's valid fields, each with the `name` of its field. */
export const imagesIn = ({ properties }, fields) =>
  Object.entries(fields).flatMap(([name, value]) => [...imagesAt(name, properties[name], value)]);

/** Throws upstream's error if an input image cannot be decoded. URLs are not fetched. */
export function mustDecode(images) {
  for (const { name, bytes } of images) {
    if (bytes && !decodes(bytes)) throw unusable(name, "cannot be decoded");
  }
}

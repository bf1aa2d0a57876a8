import { draw } from "./drawing.js";
import { encode, pad } from "./encode.js";
import { sha256 } from "./record.js";
import { mustDecode } from "./sources.js";

/** The latest files by all that determines them, so that a benchmark need not wait for drawing. */
const drawn = new Map();
const REMEMBERED = 8;

const sizeOf = ({ width, height }) => `${width}x${height}`;

/** The lines of small print under a picture, from the bottom up. */
function detailsOf({ id, seed, parameters, images }, [width, height]) {
  const numbers = Object.entries({ seed, ...parameters }).filter(([, value]) => typeof value === "number");
  const facts = [sizeOf({ width, height }), ...numbers.map(([name, value]) => `${name} ${value}`)];
  const sources = images.filter(({ name }) => name !== "mask");
  const plural = sources.length > 1 ? "s" : "";
  const origins = sources.map((source) => (source.url ? "a URL" : sizeOf(source)));
  const used = [
    sources.length && `from ${sources.length} image${plural} (${origins.join(", ")})`,
    sources.length < images.length && "with mask",
  ].filter(Boolean);
  return [facts.join(" · "), ...(used.length ? [used.join(" ")] : []), id];
}

/** Draws the picture that answers a request, or remembers it: the bytes and what they are. */
export async function picture(request, asked) {
  const { id, prompt, seed = crypto.randomUUID(), seeded, parameters, images } = request;
  const format = asked.format ?? request.output.format;
  const [width, height] = asked.size ?? request.size;
  const inputs = images.map(({ name, bytes, url }) => [name, url ?? sha256(bytes)]);
  const hash = sha256(JSON.stringify([id, prompt, seed, parameters, inputs, format, width, height]));

  let file = drawn.get(hash);
  if (!file) {
    mustDecode(images);
    const svg = draw({ width, height, hash, prompt, details: detailsOf(request, [width, height]) });
    file = await encode(svg, format);
    if (asked.pad !== undefined) file = pad(file, format, asked.pad);
    if (seeded) drawn.set(hash, file);
    if (drawn.size > REMEMBERED) drawn.delete(drawn.keys().next().value);
  }
  return { bytes: file, format, outcome: `image/${format} ${width}x${height} ${file.length} bytes` };
}

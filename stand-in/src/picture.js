import { draw } from "./drawing.js";
import { encode, pad } from "./encode.js";
import { sha256 } from "./record.js";
import { mustDecode } from "./sources.js";

/** The latest files by the hash of their inputs, so that benchmarks do not measure the drawing. */
const cache = new Map();
const MAX_CACHED = 8;

const sizeOf = ({ width, height }) => `${width}x${height}`;

/** The lines of small text at the bottom of a picture, from the bottom up. */
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

/** Draws the picture for a request, or returns the cached one: its bytes, format and outcome. */
export async function picture(request, directives) {
  const { id, prompt, seed = crypto.randomUUID(), seeded, parameters, images } = request;
  const format = directives.format ?? request.output.format;
  const [width, height] = directives.size ?? request.size;
  const inputs = images.map(({ name, bytes, url }) => [name, url ?? sha256(bytes)]);
  const hash = sha256(JSON.stringify([id, prompt, seed, parameters, inputs, format, width, height]));

  let file = cache.get(hash);
  if (!file) {
    mustDecode(images);
    const svg = draw({ width, height, hash, prompt, details: detailsOf(request, [width, height]) });
    file = await encode(svg, format);
    if (directives.pad !== undefined) file = pad(file, format, directives.pad);
    if (seeded) cache.set(hash, file);
    if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value);
  }
  return { bytes: file, format, outcome: `image/${format} ${width}x${height} ${file.length} bytes` };
}

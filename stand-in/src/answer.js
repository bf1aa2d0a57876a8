import { readDirectives } from "./directives.js";
import { draw } from "./drawing.js";
import { encode, pad } from "./encode.js";
import { HTML_PAGE } from "./errors.js";
import { decodes } from "./images.js";
import { sha256 } from "./record.js";
import { unusable } from "./request.js";

/** The latest files by all that determines them, so that a benchmark need not wait for drawing. */
const drawn = new Map();
const REMEMBERED = 8;

const sizeOf = ({ width, height }) => `${width}x${height}`;

/** The lines of small print under a picture, from the bottom up. */
function detailsOf({ id, seed, parameters, images }, [width, height]) {
  const numbers = Object.entries(parameters).filter(([, value]) => typeof value === "number");
  const facts = [sizeOf({ width, height }), `seed ${seed}`, ...numbers.map(([name, value]) => `${name} ${value}`)];
  const sources = images.filter(({ name }) => name !== "mask");
  const plural = sources.length > 1 ? "s" : "";
  const used = [
    sources.length && `from ${sources.length} image${plural} (${sources.map(sizeOf).join(", ")})`,
    sources.length < images.length && "with mask",
  ].filter(Boolean);
  return [facts.join(" · "), ...(used.length ? [used.join(" ")] : []), id];
}

/** Draws the picture that answers a request, or remembers it: the bytes and what they are. */
async function picture(request, asked) {
  const { id, prompt, seed, seeded, parameters, images } = request;
  const format = asked.format ?? request.output.format;
  const [width, height] = asked.size ?? request.size;
  const inputs = images.map(({ name, bytes }) => [name, sha256(bytes)]);
  const hash = sha256(JSON.stringify([id, prompt, seed, parameters, inputs, format, width, height]));

  let file = drawn.get(hash);
  if (!file) {
    for (const { name, bytes } of images) {
      if (!decodes(bytes)) throw unusable(name, "cannot be decoded");
    }
    const svg = draw({ width, height, hash, prompt, details: detailsOf(request, [width, height]) });
    file = await encode(svg, format);
    if (asked.pad !== undefined) file = pad(file, format, asked.pad);
    if (seeded) drawn.set(hash, file);
    if (drawn.size > REMEMBERED) drawn.delete(drawn.keys().next().value);
  }
  return { bytes: file, outcome: `image/${format} ${width}x${height} ${file.length} bytes` };
}

async function contentOf(request, asked) {
  if (asked.empty) return { bytes: new Uint8Array(), outcome: "empty" };
  if (asked.garbage) return { bytes: Buffer.from(HTML_PAGE), outcome: "garbage" };
  return picture(request, asked);
}

/** A stream of no known length, as upstream's are, which breaks after its bytes if told to. */
function streamOf(bytes, breaks) {
  const CHUNK = 65536;
  let sent = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      if (sent < bytes.length) {
        // A chunk is given away with its memory, hence the copy.
        controller.enqueue(Uint8Array.prototype.slice.call(bytes, sent, sent + CHUNK));
        sent += CHUNK;
      } else if (breaks) {
        controller.error(new Error("stand-in: stream cut off as asked"));
      } else {
        controller.close();
        controller.byobRequest?.respond(0);
      }
    },
  });
}

const half = (sequence) => sequence.slice(0, sequence.length / 2);

/**
 * Answers a request that upstream would accept, the way the directives in its prompt ask: `value`
 * is for the caller of the binding, `outcome` for the log.
 */
export async function answer(request) {
  const asked = readDirectives(request.prompt, request.seed);
  if (asked.delay) await scheduler.wait(asked.delay);
  if (asked.error) throw asked.error;
  if (asked["no-image"]) return { value: {}, outcome: "no image" };

  const { bytes, outcome } = await contentOf(request, asked);
  const said = asked.truncate ? `${outcome}, truncated` : outcome;
  if (request.output.as === "stream") {
    return { value: streamOf(asked.truncate ? half(bytes) : bytes, asked.truncate), outcome: said };
  }
  const image = Buffer.from(bytes).toString("base64");
  return { value: { image: asked.truncate ? half(image) : image }, outcome: said };
}

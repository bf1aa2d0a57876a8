import { readDirectives } from "./directives.js";
import { HTML_PAGE } from "./errors.js";
import { picture } from "./picture.js";

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

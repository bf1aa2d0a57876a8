import { readDirectives } from "./directives.js";
import { HTML_PAGE } from "./errors.js";
import { picture } from "./picture.js";
import { mustDecode } from "./sources.js";

async function contentOf(request, asked) {
  const { format } = request.output;
  if (asked["no-image"]) return { outcome: "no image" };
  if (asked.url) {
    mustDecode(request.images);
    return { url: asked.url, outcome: `url ${asked.url}` };
  }
  if (asked.empty) return { bytes: new Uint8Array(), format, outcome: "empty" };
  if (asked.garbage) return { bytes: Buffer.from(HTML_PAGE), format, outcome: "garbage" };
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

function base64Of(bytes, { truncate }) {
  const text = Buffer.from(bytes).toString("base64");
  return truncate ? half(text) : text;
}

/** The image at a URL: no server here could give it one, so it is in a data: URI. */
function urlOf({ bytes, format }, asked) {
  return bytes.length ? `data:image/${format};base64,${base64Of(bytes, asked)}` : "";
}

/** What models that answer a URL put around it. */
const wrapped = (result, { unwrapped }) =>
  unwrapped ? result : { state: "Completed", result, gatewayMetadata: { keySource: "Unified" } };

/** For each form of a model's output: the answer with some content, and the one with none. */
const FORMS = {
  base64: {
    some: ({ bytes }, asked) => ({ image: base64Of(bytes, asked) }),
    none: () => ({}),
  },
  stream: {
    some: ({ bytes }, { truncate }) => streamOf(truncate ? half(bytes) : bytes, truncate),
    none: () => ({}),
  },
  url: {
    some: (content, asked) => wrapped({ image: content.url ?? urlOf(content, asked) }, asked),
    none: (asked) => wrapped({}, asked),
  },
};

/**
 * Answers a request that upstream would accept, the way the directives in its prompt ask: `value`
 * is for the caller of the binding, `outcome` for the log.
 */
export async function answer(request) {
  const asked = readDirectives(request);
  if (asked.delay) await scheduler.wait(asked.delay);
  if (asked.error) throw asked.error;

  const { some, none } = FORMS[request.output.as];
  const { outcome, ...content } = await contentOf(request, asked);
  if (asked["no-image"]) return { value: none(asked), outcome };
  return { value: some(content, asked), outcome: asked.truncate ? `${outcome}, truncated` : outcome };
}

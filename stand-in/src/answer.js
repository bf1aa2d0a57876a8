import { readDirectives } from "./directives.js";
import { HTML_PAGE } from "./errors.js";
import { picture } from "./picture.js";
import { mustDecode } from "./sources.js";

async function contentOf(request, directives) {
  const { format } = request.output;
  if (directives["no-image"]) return { outcome: "no image" };
  if (directives.url) {
    mustDecode(request.images);
    return { url: directives.url, outcome: `url ${directives.url}` };
  }
  if (directives.empty) return { bytes: new Uint8Array(), format, outcome: "empty" };
  if (directives.garbage) return { bytes: Buffer.from(HTML_PAGE), format, outcome: "garbage" };
  return picture(request, directives);
}

/** A stream without a known length, as upstream's are; with `breaks` it fails after its bytes. */
function streamOf(bytes, breaks) {
  const CHUNK = 65536;
  let sent = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      if (sent < bytes.length) {
        // A copy, because enqueue transfers the chunk's memory.
        controller.enqueue(Uint8Array.prototype.slice.call(bytes, sent, sent + CHUNK));
        sent += CHUNK;
      } else if (breaks) {
        controller.error(new Error("stand-in: the stream breaks because of [stand-in truncate]"));
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

/** The image as a data: URI, because this Worker has no server for http(s) URLs. */
function urlOf({ bytes, format }, directives) {
  return bytes.length ? `data:image/${format};base64,${base64Of(bytes, directives)}` : "";
}

/** The envelope of models that return a URL. */
const wrapped = (result, { unwrapped }) =>
  unwrapped ? result : { state: "Completed", result, gatewayMetadata: { keySource: "Unified" } };

/** The responses with and without an image, for each kind of output. */
const FORMS = {
  base64: {
    some: ({ bytes }, directives) => ({ image: base64Of(bytes, directives) }),
    none: () => ({}),
  },
  stream: {
    some: ({ bytes }, { truncate }) => streamOf(truncate ? half(bytes) : bytes, truncate),
    none: () => ({}),
  },
  url: {
    some: (content, directives) => wrapped({ image: content.url ?? urlOf(content, directives) }, directives),
    none: (directives) => wrapped({}, directives),
  },
};

/**
 * Answers a valid request according to the directives in its prompt: `value` is for the caller of
 * the binding, `outcome` for the log.
 */
export async function answer(request) {
  const directives = readDirectives(request);
  if (directives.delay) await scheduler.wait(directives.delay);
  if (directives.error) throw directives.error;

  const { some, none } = FORMS[request.output.as];
  const { outcome, ...content } = await contentOf(request, directives);
  if (directives["no-image"]) return { value: none(directives), outcome };
  return { value: some(content, directives), outcome: directives.truncate ? `${outcome}, truncated` : outcome };
}

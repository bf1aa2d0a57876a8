/**
 * Five of the image models that Workers AI proxies to other companies and bills through AI Gateway.
 * Source: cloudflare/cloudflare-docs, src/content/catalog-models/ (imagen-4 as of April 2026, the
 * others as of May). Image formats are those of the samples there, which do not state sizes.
 */

const text = { type: "string" };
const oneOf = (...values) => ({ type: "string", enum: values });
const object = (properties, required = []) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
const upTo = (maxItems, items) => ({ type: "array", maxItems, items });

const asUrl = (format) => ({ format, as: "url" });
const square = [1024, 1024];

const gptImage = {
  schema: {
    properties: {
      prompt: text,
      // Only the field's description says that at least one is required.
      images: { ...upTo(16, { type: "string", image: ["base64", "data"] }), minItems: 1 },
      quality: oneOf("low", "medium", "high", "auto"),
      size: oneOf("256x256", "512x512", "1024x1024", "1792x1024", "1024x1792"),
      style: oneOf("vivid", "natural"),
    },
    required: ["prompt"],
  },
  output: asUrl("png"),
  size: square,
};

const nanoBanana = {
  schema: object(
    {
      prompt: text,
      // Upstream only says that they are strings. These two forms are a guess.
      image_input: upTo(3, { type: "string", image: ["data", "http"] }),
      aspect_ratio: oneOf("1:1", "3:2", "2:3", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"),
      output_format: oneOf("jpg", "png", "webp"),
      image_size: oneOf("1K", "2K", "4K"),
    },
    ["prompt"],
  ),
  // There is no WebP encoder. The default follows the metadata, although the samples are PNG.
  output: { ...asUrl("jpeg"), formatBy: ["output_format", { jpg: "jpeg", png: "png", webp: "png" }] },
  size: square,
  // Drawing 4096 pixels would take too much time and memory.
  longerSideBy: ["image_size", { "1K": 1024, "2K": 2048, "4K": 2048 }],
};

const imagen = {
  schema: object(
    {
      prompt: text,
      aspect_ratio: oneOf("1:1", "3:4", "4:3", "9:16", "16:9"),
      person_generation: oneOf("dont_allow", "allow_adult", "allow_all"),
    },
    ["prompt"],
  ),
  output: asUrl("jpeg"),
  size: square,
};

const level = { type: "integer", minimum: 0, maximum: 255 };
const color = object({ rgb: { ...upTo(3, level), minItems: 3 } }, ["rgb"]);

const recraft = {
  schema: object(
    {
      prompt: text,
      size: text,
      style: text,
      substyle: text,
      controls: object({ colors: upTo(5, color), background_color: color }),
    },
    ["prompt"],
  ),
  output: asUrl("png"),
  size: square,
};

// Upstream only names the field `url`; that it accepts a data: URI is a guess.
const link = { type: "string", image: ["data", "http"] };
const source = object({ url: link, type: text }, ["url"]);

const grok = {
  schema: {
    ...object(
      {
        prompt: text,
        // The response can hold only one URL.
        n: { type: "integer", minimum: 1, maximum: 10, only: [1] },
        aspect_ratio: oneOf(
          ...["1:1", "3:4", "4:3", "9:16", "16:9", "2:3", "3:2", "9:19.5", "19.5:9", "9:20", "20:9"],
          ...["1:2", "2:1", "auto"],
        ),
        quality: oneOf("low", "medium", "high"),
        resolution: oneOf("1k", "2k"),
        response_format: { ...oneOf("url", "b64_json"), only: ["url"] },
        user: text,
        image: source,
        images: upTo(10, source),
        mask: object({ url: link }, ["url"]),
      },
      ["prompt"],
    ),
    exclusive: [["image", "images"]],
  },
  output: asUrl("jpeg"),
  size: square,
  longerSideBy: ["resolution", { "1k": 1024, "2k": 2048 }],
};

/** The id and the row of each model. */
export const PROXIED = [
  ["google/imagen-4", imagen],
  ["google/nano-banana", nanoBanana],
  ["openai/gpt-image-1.5", gptImage],
  ["recraft/recraftv4", recraft],
  ["xai/grok-imagine-image", grok],
];

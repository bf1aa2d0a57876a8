/**
 * The eleven image models that Workers AI hosts itself. Sources: each model's page under
 * developers.cloudflare.com/workers-ai/models/, and for the form fields of FLUX.2 the changelog
 * (2025-11-25, 2026-01-15, 2026-01-28).
 */

const prompt = { type: "string", minLength: 1 };
const seed = { type: "integer" };
const naturalSeed = { type: "integer", minimum: 0 };
const between = (type, minimum, maximum) => ({ type, minimum, maximum });
const bytes = { type: "array", items: between("integer", 0, 255), image: ["bytes"] };
const file = { type: "file", image: ["bytes"], maxSide: 512 };

const base64Jpeg = { format: "jpeg", as: "base64" };
const jpegStream = { format: "jpeg", as: "stream" };
const pngStream = { format: "png", as: "stream" };

const schnell = {
  schema: {
    properties: {
      prompt: { ...prompt, maxLength: 2048 },
      steps: { type: "integer", maximum: 8 },
      // Not in upstream's schema, but in the sample on the model's page.
      seed,
    },
    required: ["prompt"],
    additionalProperties: false,
  },
  output: base64Jpeg,
  size: [1024, 1024],
};

const flux2Fields = {
  prompt,
  guidance: { type: "number" },
  width: between("integer", 256, 1920),
  height: between("integer", 256, 1920),
  seed,
  input_image_0: file,
  input_image_1: file,
  input_image_2: file,
  input_image_3: file,
  // Upstream may ignore a fifth image. Here it is an error, so that no test relies on it.
  input_image_4: false,
};

const flux2 = (steps) => ({
  schema: { properties: { ...flux2Fields, steps }, required: ["prompt"] },
  multipart: true,
  output: base64Jpeg,
  size: [1024, 768],
});

const flux2Dev = flux2({ type: "integer" });

// Fixed at four steps. The effect of the field is undocumented, so it must not be sent.
const flux2Klein = flux2(false);

// The size limits of both Leonardo models begin at 0, which means the default here.
const lucid = {
  schema: {
    properties: {
      prompt,
      guidance: between("number", 0, 10),
      seed: naturalSeed,
      width: between("integer", 0, 2500),
      height: between("integer", 0, 2500),
      num_steps: between("integer", 1, 40),
      steps: between("integer", 1, 40),
    },
    required: ["prompt"],
    exclusive: [["num_steps", "steps"]],
  },
  output: base64Jpeg,
  size: [1120, 1120],
};

const phoenix = {
  schema: {
    properties: {
      prompt,
      negative_prompt: { type: "string", minLength: 1 },
      guidance: between("number", 2, 10),
      seed: naturalSeed,
      width: between("integer", 0, 2048),
      height: between("integer", 0, 2048),
      num_steps: between("integer", 1, 50),
    },
    required: ["prompt"],
  },
  output: jpegStream,
  size: [1024, 1024],
};

// All five models share one schema, so those for text-to-image list image and mask, too.
const stableDiffusion = {
  schema: {
    properties: {
      prompt,
      negative_prompt: { type: "string" },
      width: between("integer", 256, 2048),
      height: between("integer", 256, 2048),
      image: bytes,
      image_b64: { type: "string", image: ["base64"] },
      mask: bytes,
      num_steps: { type: "integer", maximum: 20 },
      strength: between("number", 0, 1),
      guidance: { type: "number" },
      seed,
    },
    required: ["prompt"],
    exclusive: [["image", "image_b64"]],
  },
  output: pngStream,
  size: [1024, 1024],
};

const stableDiffusion15 = { ...stableDiffusion, size: [512, 512], sizeOfInput: true };

/** The id and the row of each model. */
export const HOSTED = [
  ["@cf/black-forest-labs/flux-1-schnell", schnell],
  ["@cf/black-forest-labs/flux-2-dev", flux2Dev],
  ["@cf/black-forest-labs/flux-2-klein-4b", flux2Klein],
  ["@cf/black-forest-labs/flux-2-klein-9b", flux2Klein],
  ["@cf/bytedance/stable-diffusion-xl-lightning", stableDiffusion],
  ["@cf/leonardo/lucid-origin", lucid],
  ["@cf/leonardo/phoenix-1.0", phoenix],
  ["@cf/lykon/dreamshaper-8-lcm", stableDiffusion],
  ["@cf/runwayml/stable-diffusion-v1-5-img2img", stableDiffusion15],
  ["@cf/runwayml/stable-diffusion-v1-5-inpainting", stableDiffusion15],
  ["@cf/stabilityai/stable-diffusion-xl-base-1.0", stableDiffusion],
];

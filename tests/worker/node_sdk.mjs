// Drives easel with the OpenAI SDK for JavaScript and prints what it saw as JSON.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "any" });
const model = "@cf/black-forest-labs/flux-1-schnell";

const byUrl = await client.images.generate({ model, prompt: "two foxes", n: 2 });
const files = await Promise.all(byUrl.data.map(({ url }) => fetch(url)));
const encoded = await client.images.generate({ model, prompt: "a fox", response_format: "b64_json" });
const models = await client.models.list();
const retrieved = await client.models.retrieve(model);
const error = await client.images.generate({ model, prompt: "x", n: 99 }).catch((error) => error);

console.log(
  JSON.stringify({
    types: files.map((file) => file.headers.get("content-type")),
    decoded: [...Buffer.from(encoded.data[0].b64_json, "base64").subarray(0, 3)],
    models: models.data.map(({ id }) => id),
    retrieved: retrieved.id,
    error: {
      status: error.status,
      code: error.code,
      param: error.param,
      id: typeof error.requestID === "string",
    },
  }),
);

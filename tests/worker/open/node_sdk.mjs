// Drives easel with the OpenAI SDK for JavaScript and prints what it saw as JSON.
import { createReadStream } from "node:fs";
import OpenAI, { toFile } from "openai";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "any" });
const model = "@cf/black-forest-labs/flux-1-schnell";

const byUrl = await client.images.generate({ model, prompt: "two foxes", n: 2 });
const files = await Promise.all(byUrl.data.map(({ url }) => fetch(url)));
const encoded = await client.images.generate({ model, prompt: "a fox", response_format: "b64_json" });
const models = await client.models.list();
const retrieved = await client.models.retrieve(model);
const error = await client.images.generate({ model, prompt: "x", n: 99 }).catch((error) => error);


// A read stream has no known length, and a file without a type is an octet stream.
const path = process.argv[3];
const bytes = await fetch(byUrl.data[0].url).then((file) => file.arrayBuffer());
const edits = [
  await client.images.edit({ image: createReadStream(path), prompt: "a stream" }),
  await client.images.edit({ image: [await toFile(bytes, "a.jpg")], prompt: "a list" }),
];
const events = [];
const stream = await client.images.generate({ model, prompt: "a fox", stream: true });
for await (const event of stream) events.push(event.type);

console.log(
  JSON.stringify({
    types: files.map((file) => file.headers.get("content-type")),
    edited: edits.map(({ data }) => data.length),
    events,
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

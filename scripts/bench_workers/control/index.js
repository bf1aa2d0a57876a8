export default {
  async fetch(request, env) {
    if (request.method === "GET") return new Response("ok");
    const { model, prompt, seed, response_format } = await request.json();
    const image = model.startsWith("openai/")
      ? await fetchImage(env.UPSTREAM, { model, prompt, n: 1 })
      : (await env.AI.run(model, { prompt, seed })).image;
    const key = `images/2026-11-20/${crypto.randomUUID()}.jpg`;
    await env.BUCKET.put(key, Uint8Array.fromBase64(image), {
      httpMetadata: { contentType: "image/jpeg" },
      customMetadata: { prompt },
    });
    const url = `${new URL(request.url).origin}/${key}`;
    return Response.json({
      created: Math.floor(Date.now() / 1000),
      data: [response_format === "b64_json" ? { b64_json: image } : { url }],
    });
  },
};

async function fetchImage(upstream, body) {
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(`${upstream}/images/generations`, init);
  return (await response.json()).data[0].b64_json;
}

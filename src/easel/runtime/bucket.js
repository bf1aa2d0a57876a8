/** The R2 bucket. */

/** Where the bucket has a domain of its own, an SVG opened there by itself could run script. */
const SAVED_NOT_OPENED = "image/svg+xml";

export async function putObject(bucket, key, content, contentType, metadata) {
  const isSaved = contentType === SAVED_NOT_OPENED;
  await bucket.put(key, content, {
    httpMetadata: { contentType, ...(isSaved && { contentDisposition: "attachment" }) },
    customMetadata: JSON.parse(metadata),
  });
}

export async function headObject(bucket, key) {
  const object = await bucket.head(key);
  return object ? [describeObject(object)] : undefined;
}

/**
 * Open an object: its description as JSON and its body. `range` is JSON of an R2Range or null.
 */
export async function getObject(bucket, key, range) {
  const object = await bucket.get(key, { range: JSON.parse(range) ?? undefined });
  return object ? [describeObject(object), object.body] : undefined;
}

/** An object that is opened when its turn comes. */
class Stored {
  constructor(bucket, key) {
    this.bucket = bucket;
    this.key = key;
  }

  async open() {
    const object = await this.bucket.get(this.key);
    if (!object) throw new Error("the object is not there any more");
    return object.body;
  }
}

export const storedContent = (bucket, key) => new Stored(bucket, key);

/** A whole object as an ArrayBuffer, or undefined. */
export async function readObject(bucket, key) {
  const object = await bucket.get(key);
  return object ? await object.bytes() : undefined;
}

/**
 * The first objects with a prefix whose keys come after `after`, where that is not empty, as JSON
 * of `[key, size, uploaded, metadata]` each.
 */
export async function listObjects(bucket, prefix, limit, after, withMetadata) {
  const startAfter = after || undefined;
  const include = withMetadata ? ["customMetadata"] : [];
  const { objects } = await bucket.list({ prefix, limit, startAfter, include });
  return JSON.stringify(
    objects.map(({ key, size, uploaded, customMetadata }) => [key, size, uploaded, customMetadata ?? {}]),
  );
}

function describeObject(object) {
  const { offset = 0, length = object.size - offset } = object.range ?? {};
  return JSON.stringify({
    size: object.size,
    etag: object.httpEtag,
    content_type: object.httpMetadata?.contentType ?? "application/octet-stream",
    uploaded: object.uploaded.toISOString(),
    offset,
    length,
  });
}

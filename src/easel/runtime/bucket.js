/** Store, read and list objects of the R2 bucket. */

/** On a domain of the bucket's own, an SVG that is opened as a page could run script. */
const DOWNLOAD_ONLY = "image/svg+xml";

export async function putObject(bucket, key, content, contentType, metadata) {
  const isDownload = contentType === DOWNLOAD_ONLY;
  await bucket.put(key, content, {
    httpMetadata: { contentType, ...(isDownload && { contentDisposition: "attachment" }) },
    customMetadata: JSON.parse(metadata),
  });
}

export async function headObject(bucket, key) {
  const object = await bucket.head(key);
  return object ? [describeObject(object)] : undefined;
}

/** An object as `[description as JSON, body]`, or undefined. `range` is JSON of an R2Range or null. */
export async function getObject(bucket, key, range) {
  const object = await bucket.get(key, { range: JSON.parse(range) ?? undefined });
  return object ? [describeObject(object), object.body] : undefined;
}

/** A handle to an object that is read only when it is sent. */
class StoredContent {
  constructor(bucket, key) {
    this.bucket = bucket;
    this.key = key;
  }

  async open() {
    const object = await this.bucket.get(this.key);
    if (!object) throw new Error("the object no longer exists");
    return object.body;
  }
}

export const storedContent = (bucket, key) => new StoredContent(bucket, key);

/** The bytes of an object, or undefined. */
export async function readObject(bucket, key) {
  const object = await bucket.get(key);
  return object ? await object.bytes() : undefined;
}

/**
 * The first objects with a prefix, as JSON of `[key, size, uploaded, metadata]` each. If `after` is
 * not empty, only keys behind it are listed.
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

/**
 * OpenAI's masks are transparent where an image is to be repainted; other models want a picture
 * that is white there and black elsewhere. PNG specification: www.w3.org/TR/png-3/.
 */

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];

/** Samples of a pixel by colour type: grey, RGB, palette, grey with alpha, RGBA. */
const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Half transparent and beyond counts as transparent. */
const OPAQUE = 128;

/**
 * Make the white and black picture of an 8-bit PNG that is not interlaced, which is what the
 * Images binding writes. Throws with a reason, as the rest of a sentence about the mask.
 */
export async function paintMask(buffer) {
  const { width, height, colourType, depth, interlace, chunks } = readChunks(new Uint8Array(buffer));
  if (depth !== 8 || interlace || !(colourType in CHANNELS)) throw new Error("is of a rare kind of PNG");
  const alphaOf = alphaReader(colourType, chunks);
  if (!alphaOf) throw new Error("has no transparent part to say what is repainted");

  const channels = CHANNELS[colourType];
  const data = await inflate(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data));
  const rows = unfilter(data, width * channels, height, channels);
  const painted = new Uint8Array((width + 1) * height); // a filter byte of 0 before each row
  let marked = false;
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0; x < width; x++, from += channels) {
      if (alphaOf(rows, from) >= OPAQUE) continue;
      painted[y * (width + 1) + 1 + x] = 255;
      marked = true;
    }
  }
  if (!marked) throw new Error("has no transparent part to say what is repainted");
  return (await writeGrey(painted, width, height)).buffer;
}

function readChunks(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = [];
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    depth: bytes[24],
    colourType: bytes[25],
    interlace: bytes[28],
    chunks,
  };
}

/** How a pixel's alpha is read from its samples; undefined where the image can have none. */
function alphaReader(colourType, chunks) {
  if (colourType === 6) return (rows, at) => rows[at + 3];
  if (colourType === 4) return (rows, at) => rows[at + 1];
  const transparency = chunks.find(({ type }) => type === "tRNS")?.data;
  if (!transparency) return undefined;
  if (colourType === 3) return (rows, at) => transparency[rows[at]] ?? 255;
  // One colour is transparent; its samples stand in the low bytes of 16-bit numbers.
  const clear = transparency.filter((_byte, index) => index % 2 === 1);
  return (rows, at) => (clear.every((sample, index) => rows[at + index] === sample) ? 0 : 255);
}

/** Undo the filter of each row: None, Sub, Up, Average, Paeth (PNG 9.2). */
function unfilter(data, stride, height, channels) {
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (stride + 1)];
    const from = y * (stride + 1) + 1;
    const to = y * stride;
    for (let x = 0; x < stride; x++) {
      const left = x >= channels ? rows[to + x - channels] : 0;
      const up = y ? rows[to + x - stride] : 0;
      const corner = y && x >= channels ? rows[to + x - stride - channels] : 0;
      rows[to + x] = data[from + x] + predict(filter, left, up, corner);
    }
  }
  return rows;
}

function predict(filter, left, up, corner) {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const estimate = left + up - corner;
  const toLeft = Math.abs(estimate - left);
  const toUp = Math.abs(estimate - up);
  const toCorner = Math.abs(estimate - corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** An 8-bit grey PNG of rows that have their filter bytes. */
async function writeGrey(rows, width, height) {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8;
  const parts = [
    new Uint8Array(SIGNATURE),
    chunk("IHDR", header),
    chunk("IDAT", await deflate(rows)),
    chunk("IEND", new Uint8Array()),
  ];
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

function chunk(type, data) {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** The checksum of a chunk's type and data (PNG annex D). */
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

const inflate = (parts) => pipe(new Blob(parts), new DecompressionStream("deflate"));
const deflate = (bytes) => pipe(new Blob([bytes]), new CompressionStream("deflate"));

async function pipe(blob, transform) {
  const stream = blob.stream().pipeThrough(transform);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

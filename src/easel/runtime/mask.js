/**
 * Convert a mask that is transparent in the area to repaint, as OpenAI's are, to one that is white
 * there and black elsewhere. It is read and written row by row, because all its pixels would exceed
 * the memory of an isolate. PNG specification: www.w3.org/TR/png-3/.
 */

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const HEADER_LENGTH = 13;

/** Samples of a pixel by colour type: grey, RGB, palette, grey with alpha, RGBA. */
const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** A pixel of smaller alpha is transparent. */
const OPAQUE = 128;

/** The bytes to inflate at a time, few because deflate expands its input up to 1032 times. */
const PIECE = 1024;

/** The approximate bytes of rows that are compressed at a time. */
const BLOCK = 64 * 1024;

const NO_MARK = "has no transparent area to repaint";

/**
 * Convert an 8-bit PNG without interlacing, the kind that the Images binding writes. The message of
 * an Error completes a sentence that begins with "The mask".
 */
export async function paintMask(png) {
  const { width, height, depth, colourType, interlace, chunks } = readChunks(png);
  if (depth !== 8 || interlace || !(colourType in CHANNELS)) throw new Error("is a PNG of an unsupported kind");
  const alphaOf = alphaReader(colourType, chunks);
  if (!alphaOf) throw new Error(NO_MARK);

  const channels = CHANNELS[colourType];
  const data = chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data);
  const compressor = new CompressionStream("deflate");
  const compressed = new Response(compressor.readable).arrayBuffer();
  const writer = compressor.writable.getWriter();
  try {
    const rows = unfiltered(inflated(data), width * channels, height, channels);
    if (!(await paint(rows, width, height, channels, alphaOf, writer))) throw new Error(NO_MARK);
    await writer.close();
  } catch (error) {
    compressed.catch(() => {});
    await writer.abort(error).catch(() => {});
    throw error;
  }
  return greyPng(width, height, new Uint8Array(await compressed));
}

function readChunks(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = [];
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) break;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  const [header] = chunks;
  if (header?.type !== "IHDR" || header.data.length !== HEADER_LENGTH) throw new Error("is a broken PNG");
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    depth: bytes[24],
    colourType: bytes[25],
    interlace: bytes[28],
    chunks,
  };
}

/** A function that reads a pixel's alpha from its samples; undefined if the image has no alpha. */
function alphaReader(colourType, chunks) {
  if (colourType === 6) return (row, at) => row[at + 3];
  if (colourType === 4) return (row, at) => row[at + 1];
  const transparency = chunks.find(({ type }) => type === "tRNS")?.data;
  if (!transparency) return undefined;
  if (colourType === 3) return (row, at) => transparency[row[at]] ?? 255;
  // One colour is transparent; its samples are the low bytes of 16-bit numbers.
  const clear = transparency.filter((_byte, index) => index % 2 === 1);
  return (row, at) => (clear.every((sample, index) => row[at + index] === sample) ? 0 : 255);
}

/**
 * The decompressed bytes, in pieces. Input is written only while no output is ready, because workerd
 * decompresses all input at once and keeps the output.
 */
async function* inflated(parts) {
  const { readable, writable } = new DecompressionStream("deflate");
  const [reader, writer] = [readable.getReader(), writable.getWriter()];
  // An error of the writer is an error of the reader, too, and is handled there.
  const write = (piece) => writer.write(piece).catch(() => {});
  const pieces = cut(parts);
  try {
    for (let isFed = true; ; ) {
      let hasOutput = false;
      const output = reader.read().finally(() => {
        hasOutput = true;
      });
      // An empty write ends after all earlier writes, so their output is ready then.
      if (isFed) await Promise.race([output, write(new Uint8Array())]);
      while (!hasOutput && isFed) {
        const { value, done } = pieces.next();
        isFed = !done;
        await Promise.race([output, done ? writer.close().catch(() => {}) : write(value)]);
      }
      const { value, done } = await output;
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw new Error("is a broken PNG", { cause: error });
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function* cut(parts) {
  for (const part of parts) {
    for (let start = 0; start < part.length; start += PIECE) yield part.subarray(start, start + PIECE);
  }
}

/** The rows of an image with their filters undone; the next row but one overwrites a row. */
async function* unfiltered(pieces, stride, height, channels) {
  let [row, above] = [new Uint8Array(stride), new Uint8Array(stride)];
  let filter;
  let filled = 0;
  let left = height;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      if (filter === undefined) filter = piece[at++];
      const part = piece.subarray(at, at + stride - filled);
      row.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < stride) break;
      undoFilter(filter, row, above, channels);
      yield row;
      if (--left === 0) return;
      [row, above] = [above, row];
      [filter, filled] = [undefined, 0];
    }
  }
  throw new Error("is a broken PNG");
}

/** Undo the filter of a row in place: None, Sub, Up, Average, Paeth (PNG 9.2). */
function undoFilter(filter, row, above, channels) {
  const { length } = row;
  if (filter === 1) {
    for (let x = channels; x < length; x++) row[x] += row[x - channels];
  } else if (filter === 2) {
    for (let x = 0; x < length; x++) row[x] += above[x];
  } else if (filter === 3) {
    for (let x = 0; x < channels; x++) row[x] += above[x] >> 1;
    for (let x = channels; x < length; x++) row[x] += (row[x - channels] + above[x]) >> 1;
  } else if (filter === 4) {
    for (let x = 0; x < channels; x++) row[x] += above[x];
    for (let x = channels; x < length; x++) {
      row[x] += paeth(row[x - channels], above[x], above[x - channels]);
    }
  } else if (filter !== 0) {
    throw new Error("is a broken PNG");
  }
}

function paeth(left, up, corner) {
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** Write white for the transparent pixels of a row, and return whether there are any. */
async function paint(rows, width, height, channels, alphaOf, writer) {
  const line = width + 1; // A filter byte of 0 precedes each row.
  const block = new Uint8Array(line * Math.max(1, Math.min(height, Math.floor(BLOCK / line))));
  let size = 0;
  let hasMark = false;
  for await (const row of rows) {
    block.fill(0, size, size + line);
    for (let x = 0, at = 0; x < width; x++, at += channels) {
      if (alphaOf(row, at) >= OPAQUE) continue;
      block[size + 1 + x] = 255;
      hasMark = true;
    }
    size += line;
    if (size === block.length) {
      await writer.write(block);
      size = 0;
    }
  }
  if (size) await writer.write(block.subarray(0, size));
  return hasMark;
}

/** An 8-bit grey PNG of compressed rows. */
function greyPng(width, height, data) {
  const header = new Uint8Array(HEADER_LENGTH);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8;
  const parts = [new Uint8Array(SIGNATURE), ...chunk("IHDR", header), ...chunk("IDAT", data), ...chunk("IEND")];
  const png = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    png.set(part, at);
    at += part.length;
  }
  return png;
}

/** A chunk in three parts: length and type, data, checksum. */
function chunk(type, data = new Uint8Array()) {
  const [start, end] = [new Uint8Array(8), new Uint8Array(4)];
  new DataView(start.buffer).setUint32(0, data.length);
  start.set(new TextEncoder().encode(type), 4);
  new DataView(end.buffer).setUint32(0, crc32(start.subarray(4), data));
  return [start, data, end];
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** The checksum of a chunk's type and data (PNG annex D). */
function crc32(...parts) {
  let crc = -1;
  for (const part of parts) {
    for (let at = 0; at < part.length; at++) crc = CRC_TABLE[(crc ^ part[at]) & 255] ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

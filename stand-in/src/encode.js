import { initWasm, Resvg } from "@resvg/resvg-wasm";
import wasm from "@resvg/resvg-wasm/index_bg.wasm";
import { encode as encodePng } from "fast-png";
import jpeg from "jpeg-js";
import { crc32 } from "node:zlib";
import { standInError } from "./errors.js";
import { FONT_FILES } from "./fonts.js";

const JPEG_QUALITY = 85;

let ready;

/** Renders an opaque SVG to RGBA pixels. */
async function render(svg) {
  ready ??= initWasm(wasm);
  await ready;
  const renderer = new Resvg(svg, { font: { fontBuffers: FONT_FILES, defaultFontFamily: "DejaVu Sans" } });
  const image = renderer.render();
  const { pixels: data, width, height } = image;
  // WebAssembly's memory has no garbage collection.
  image.free();
  renderer.free();
  return { data, width, height };
}

function withoutAlpha({ data, width, height }) {
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    rgb[to] = data[from];
    rgb[to + 1] = data[from + 1];
    rgb[to + 2] = data[from + 2];
  }
  return { data: rgb, width, height, channels: 3 };
}

/** Renders an SVG into the bytes of an image file; `format` is "jpeg" or "png". */
export async function encode(svg, format) {
  const pixels = await render(svg);
  return format === "png" ? encodePng(withoutAlpha(pixels)) : jpeg.encode(pixels, JPEG_QUALITY).data;
}

/** `bytes` zero bytes as JPEG comment segments, which hold at most 65,533 beside their 4-byte head. */
function jpegFiller(bytes) {
  const segments = [];
  while (bytes > 0) {
    // The rest must be long enough for another head.
    const length = bytes <= 65537 ? bytes : Math.min(65537, bytes - 4);
    const segment = Buffer.alloc(length);
    segment.writeUInt16BE(0xfffe, 0);
    segment.writeUInt16BE(length - 2, 2);
    segments.push(segment);
    bytes -= length;
  }
  return Buffer.concat(segments);
}

/** `bytes` bytes as one PNG chunk of a private type that decoders skip: length, type, zeros, CRC. */
function pngFiller(bytes) {
  const chunk = Buffer.alloc(bytes);
  chunk.writeUInt32BE(bytes - 12, 0);
  chunk.write("paDd", 4, "latin1");
  chunk.writeUInt32BE(crc32(chunk.subarray(4, bytes - 4)), bytes - 4);
  return chunk;
}

// For each format: the function that makes the filler, the smallest filler, and the bytes before which
// it is inserted: the scan (SOS marker) of a JPEG, and the end of a PNG.
const FILLERS = {
  jpeg: { make: jpegFiller, smallest: 4, before: Buffer.from([0xff, 0xda]) },
  png: { make: pngFiller, smallest: 12, before: Buffer.from("\0\0\0\0IEND", "latin1") },
};

/** Pads an image file to exactly `total` bytes without changing its pixels. */
export function pad(file, format, total) {
  const { make, smallest, before } = FILLERS[format];
  const missing = total - file.length;
  if (missing === 0) return file;
  if (missing < smallest) {
    throw standInError(`cannot pad an image of ${file.length} bytes to ${total}: padding adds at least ${smallest} bytes`);
  }
  const at = Buffer.from(file.buffer, file.byteOffset, file.byteLength).indexOf(before);
  return Buffer.concat([file.subarray(0, at), make(missing), file.subarray(at)]);
}

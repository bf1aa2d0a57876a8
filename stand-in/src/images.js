import { decode as decodePng } from "fast-png";
import jpeg from "jpeg-js";

const ascii = (bytes, start, length) => String.fromCharCode(...bytes.subarray(start, start + length));

const HEADERS = {
  png(view, bytes) {
    if (ascii(bytes, 0, 8) !== "\x89PNG\r\n\x1a\n") return;
    return { width: view.getUint32(16), height: view.getUint32(20) };
  },
  jpeg(view) {
    if (view.getUint16(0) !== 0xffd8) return;
    for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
      const marker = view.getUint16(at);
      // SOF0 to SOF15, except for the three codes of other segments in that range.
      if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) {
        return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
      }
    }
  },
  webp(view, bytes) {
    if (ascii(bytes, 0, 4) !== "RIFF" || ascii(bytes, 8, 4) !== "WEBP") return;
    const variant = ascii(bytes, 12, 4);
    if (variant === "VP8 ") {
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    }
    if (variant === "VP8L") {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    if (variant === "VP8X") {
      return { width: (view.getUint32(24, true) & 0xffffff) + 1, height: (view.getUint32(26, true) >>> 8) + 1 };
    }
  },
};

/** Reads the format and the size in pixels from a file's first bytes; undefined if it is unknown. */
export function identify(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const [format, read] of Object.entries(HEADERS)) {
    try {
      const size = read(view, bytes);
      if (size) return { format, ...size };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // The file ends within its header.
    }
  }
}

/** Whether an image file can be decoded. Only the header of WebP is read: there is no decoder. */
export function decodes(bytes) {
  try {
    const { format } = identify(bytes);
    if (format === "png") decodePng(bytes, { checkCrc: true });
    if (format === "jpeg") jpeg.decode(bytes, { useTArray: true, tolerantDecoding: false });
    return true;
  } catch {
    return false;
  }
}

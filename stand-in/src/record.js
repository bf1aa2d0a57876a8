import { createHash } from "node:crypto";
import { identify } from "./images.js";

/** The SHA-256 of bytes or text, in hexadecimal. */
export const sha256 = (data) => createHash("sha256").update(data).digest("hex");

const describeBytes = (bytes) => ({
  bytes: bytes.length,
  sha256: sha256(bytes).slice(0, 16),
  format: null,
  ...identify(bytes),
});

// Shorter values are words, or the numbers of a colour.
const isLong = ({ length }) => length >= 64;
const isBase64 = (text) => isLong(text) && text.length % 4 === 0 && /^[\w+/-]+={0,2}$/.test(text);
const DATA_URI = /^data:([^;,]*);base64,/i;
const isByte = (value) => Number.isInteger(value) && value >= 0 && value <= 255;

function describeText(text) {
  const [start, mediaType] = DATA_URI.exec(text) ?? [];
  if (start) return { mediaType, ...describeBytes(Buffer.from(text.slice(start.length), "base64")) };
  return isBase64(text) ? describeBytes(Buffer.from(text, "base64")) : text;
}

/** Converts a value for the log: a file, in any of its four forms, becomes a short summary. */
function describe(value, name) {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return name === "prompt" ? value : describeText(value);
  if (value instanceof ArrayBuffer) return describeBytes(new Uint8Array(value));
  if (value instanceof Uint8Array) return describeBytes(value);
  if (value instanceof ReadableStream) return "stream";
  if (Array.isArray(value)) {
    const isFile = isLong(value) && value.every(isByte);
    return isFile ? describeBytes(Uint8Array.from(value)) : value.map((item) => describe(item));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, describe(item, key)]));
}

/** Returns the outcome of a call that failed: upstream's code, or the whole message without one. */
export const outcomeOfError = ({ name, message }) =>
  `error ${/^\d+(?=: )/.exec(message)?.[0] ?? `${name}: ${message}`}`;

/**
 * Formats one call as one line for the log: `stand-in ` and JSON in ASCII, because many programs also
 * split lines at U+0085 or U+2028.
 */
export function recordLine({ model, inputs, options = null, outcome }) {
  const json = JSON.stringify({ model, inputs: describe(inputs), options: describe(options), outcome });
  const escape = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `stand-in ${json.replace(/[\x7f-\uffff]/g, escape)}`;
}

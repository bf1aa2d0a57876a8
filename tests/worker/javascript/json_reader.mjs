// Compares JsonReader with JSON.parse over documents made by chance, each in pieces cut at random or
// at every byte. Arguments: seed, number of documents. Prints how many were compared.
import assert from "node:assert/strict";
import { decodeNow, MARK } from "../../../src/easel/runtime/long_text.js";
import { JsonReader } from "../../../src/easel/runtime/json.js";
import { chance, pick } from "./chance.mjs";

// Node has these methods behind a flag, without the last one, and overlooks where a view begins.
Uint8Array.prototype.toBase64 = function () {
  return Buffer.from(this).toString("base64");
};
Uint8Array.prototype.setFromBase64 = function (text, options) {
  const bytes = Uint8Array.fromBase64(text, options);
  this.set(bytes);
  return { read: text.length, written: bytes.length };
};

const bytes = (length) => Uint8Array.from({ length }, () => chance(256));
const base64 = () => bytes(700 + chance(1500)).toBase64();
const SPECIAL = ['"', "\\", "/", "\n", "\u0000", "é", "漢", "😀", "\ud800", "=", " ", "\ufeff", MARK, "a", "QUJD"];
const special = () => Array.from({ length: chance(40) }, () => pick(SPECIAL)).join("");

const STRINGS = [
  special,
  base64,
  () => `data:image/${pick(["png", "svg+xml"])};base64,${base64()}`,
  () => base64().replace(/=+$/, ""),
  // What begins as base64 and is none, or only with white space, or is of another alphabet.
  () => base64() + special(),
  () => base64().replace(/.{76}/g, "$&\n"),
  () => base64().replaceAll("+", "-").replaceAll("/", "_"),
  () => `${base64()}====`,
  () => special().repeat(100),
  () => "A".repeat(1020 + chance(10)),
];

function value(depth) {
  const kind = chance(depth > 3 ? 2 : 5);
  if (kind < 2) return pick(STRINGS)();
  if (kind === 2) return pick([null, true, -1.5e30, 0, ""]);
  const items = Array.from({ length: chance(4) }, () => value(depth + 1));
  if (kind === 3) return items;
  return Object.fromEntries(items.map((item) => [pick(STRINGS)(), item]));
}

/** JSON in which slashes and other characters are escaped now and then. */
function written(document) {
  const text = JSON.stringify(document, null, pick([0, 0, 2]));
  const escapes = [(text) => text, (text) => text.replaceAll("/", "\\/"), unicode];
  return pick(escapes)(text);
}

const unicode = (text) =>
  text.replace(/(?<!\\)[+/B]/g, (letter) =>
    chance(50) ? letter : `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

function* pieces(whole, size) {
  for (let at = 0; at < whole.length; ) {
    const length = size ?? chance(pick([4, 100, 3000])) + 1;
    // Of a buffer that is used again.
    const piece = whole.slice(at, at + length);
    yield piece;
    piece.fill(0x22);
    at += length;
  }
}

/** The value that Python would see, with the strings that are held in their places. */
function read(whole, size) {
  const reader = new JsonReader(chance(2) ? whole.length : 0, whole.length);
  for (const piece of pieces(whole, size)) reader.add(piece);
  const [text, ...handles] = reader.outline();
  for (const handle of handles) check(handle);
  return JSON.parse(text, (_key, part) =>
    typeof part === "string" && part.startsWith(MARK) ? handles[part.slice(MARK.length)].text : part,
  );
}

function check(handle) {
  const { text } = handle;
  const decodedNow = decodeNow(text);
  if (decodedNow) assert.equal(decodedNow.text, text);
  assert.equal(handle.length, text.length);
  for (const length of [0, 8, 256, 1001]) {
    assert.equal(handle.head(length), text.slice(0, length).toWellFormed());
  }
  for (const start of [0, text.indexOf(",") + 1]) {
    assert.deepEqual(decoded(() => handle.decode(start)), decoded(() => Uint8Array.fromBase64(text.slice(start))));
  }
}

function decoded(decode) {
  try {
    return decode();
  } catch (error) {
    return error.name;
  }
}

function outcome(read) {
  try {
    return read();
  } catch (error) {
    if (error.name !== "SyntaxError") throw error;
    return "not JSON";
  }
}

const count = Number(process.argv[3]);
let compared = 0;
for (let number = 0; number < count; number++) {
  let whole = new TextEncoder().encode(written(value(0)));
  if (chance(10) === 0) whole = whole.subarray(0, chance(whole.length + 1));
  if (chance(10) === 0 && whole.length) whole[chance(whole.length)] = chance(256);
  const expected = outcome(() => JSON.parse(new TextDecoder().decode(whole)));
  for (const size of number % 20 ? [undefined, undefined] : [undefined, 1, 2, 3, 1024, 1025]) {
    assert.deepEqual(outcome(() => read(whole, size)), expected, `document ${number}, pieces of ${size}`);
    compared++;
  }
}
console.log(compared);

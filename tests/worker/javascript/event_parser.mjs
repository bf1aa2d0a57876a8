// Compares EventParser with a simple reading of the whole text, over streams made by chance that are
// cut at random. Arguments: seed, number of streams. Prints how many were compared.
import assert from "node:assert/strict";
import { EventParser } from "../../../src/easel/runtime/events.js";
import { chance, pick } from "./chance.mjs";

const LINES = [
  "event: a",
  "event:b",
  'data: {"a":1}',
  'data:{"b":"é"}',
  "data: [",
  "data: 1]",
  "data",
  "data: [DONE]",
  ": comment",
  "id: 7",
  "",
  "",
];

function expected(text) {
  const events = [];
  for (const block of text.replace(/\r\n?/g, "\n").split(/\n(?=\n)|(?<=^)(?=\n)/)) {
    let name = "";
    const data = [];
    for (const line of block.split("\n")) {
      const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
      if (field === "event") name = value;
      if (field === "data") data.push(value);
    }
    if (data.length) events.push([name, data.join("\n")]);
  }
  return events;
}

/** An event's data as text, as far as it is JSON without the white space. */
function comparable([name, text]) {
  try {
    return [name, "json", JSON.stringify(JSON.parse(text))];
  } catch {
    return [name, "text", text];
  }
}

function parsed(bytes) {
  const parser = new EventParser(bytes.length);
  const events = [];
  const take = () => {
    for (let event = parser.next(); event; event = parser.next()) events.push(event.parts);
  };
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + chance(pick([1, 5, 40]));
    parser.add(bytes.slice(at, at + length));
    take();
    at += length;
  }
  const last = parser.end();
  return last ? [...events, last.parts] : events;
}

const count = Number(process.argv[3]);
for (let number = 0; number < count; number++) {
  const end = pick(["\n", "\r\n", "\r"]);
  const lines = Array.from({ length: chance(30) }, () => pick(LINES));
  const text = lines.join(end) + pick(["", end]);
  assert.deepEqual(parsed(new TextEncoder().encode(text)), expected(text).map(comparable), JSON.stringify(text));
}
// If the time were quadratic in the number of lines, the test would time out.
const long = new TextEncoder().encode("data: 1\n".repeat(200_000));
assert.equal(parsed(long).length, 1);
console.log(count);

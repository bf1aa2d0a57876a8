// Reserves memory in several orders, and prints in which one it is given.
import { MemoryPool } from "../../../src/easel/runtime/memory_pool.js";

const MIB = 1024 * 1024;
const pool = new MemoryPool(10 * MIB, () => now);
const order = [];
let now = 0;
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function take(name, size, signal) {
  try {
    const release = await pool.reserve(size * MIB, signal);
    order.push(name);
    return release;
  } catch {
    order.push(`${name} gave up`);
  }
}

const first = await take("first", 8);
const impatient = new AbortController();
const giving = take("impatient", 6, impatient.signal);
const second = take("second", 9);
const behind = take("behind the second", 2);
await take("small", 0.5);
impatient.abort();
await giving;
await turn();
first();
first(); // Once is enough.
(await second)();
(await behind)();

await take("lost", 10);
now += 3600_000;
await take("after the lost one", 10);
console.log(order.join(", "));

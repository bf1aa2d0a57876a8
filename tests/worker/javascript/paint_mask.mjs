// Paints the mask on standard input, as the Worker does, and writes it to standard output.
import { paintMask } from "../../../src/easel/runtime/mask.js";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const input = new Uint8Array(Buffer.concat(chunks));
try {
  process.stdout.write(await paintMask(input));
} catch (error) {
  process.stderr.write(error.message);
  process.exitCode = 1;
}

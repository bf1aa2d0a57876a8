// Random numbers from the seed that is the script's first argument.
let state = Number(process.argv[2]);

/** A whole number below `limit` (mulberry32). */
export function chance(limit) {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
}

export const pick = (choices) => choices[chance(choices.length)];

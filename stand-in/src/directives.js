import { errorCalled, standInError } from "./errors.js";

const flag = (text) => (text === "" ? true : undefined);
const whole = (text) => (/^\d{1,8}$/.test(text) ? Number(text) : undefined);

/** What follows each directive's name, read into a value; undefined means that it does not fit. */
const ARGUMENTS = {
  delay: whole,
  empty: flag,
  error: errorCalled,
  format: (text) => ["jpeg", "png"].find((format) => format === text),
  garbage: flag,
  "no-image": flag,
  pad: whole,
  size: (text) => /^([1-9]\d{0,3})x([1-9]\d{0,3})$/.exec(text)?.slice(1).map(Number),
  truncate: flag,
};

/**
 * Finds what a prompt asks of the stand-in, such as `[stand-in delay 500]`: an object of directive
 * name to value, without those limited to another seed. Throws for anything it does not understand,
 * since a misspelt directive would otherwise make a test pass for the wrong reason.
 */
export function readDirectives(prompt, seed) {
  const found = {};
  for (const [written, text, end] of prompt.matchAll(/\[stand-in\b([^\]]*)(\]?)/g)) {
    const [, name, argument, onSeed] =
      /^ ([a-z-]+)(?: (.+?))??(?: on seed (-?\d+))?$/.exec(text) ?? [];
    const value = end && Object.hasOwn(ARGUMENTS, name) ? ARGUMENTS[name](argument ?? "") : undefined;
    if (value === undefined) {
      throw standInError(`cannot understand "${written}"; the directives are listed in stand-in/README.md`);
    }
    if (onSeed === undefined || Number(onSeed) === seed) found[name] = value;
  }
  return found;
}

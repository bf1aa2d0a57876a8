import { errorCalled, standInError } from "./errors.js";
import { readSize } from "./sizes.js";

const flag = (text) => (text === "" ? true : undefined);
const whole = (text) => (/^\d{1,8}$/.test(text) ? Number(text) : undefined);

/** Parses the argument of each directive; undefined if it is invalid. */
const ARGUMENTS = {
  delay: whole,
  empty: flag,
  error: errorCalled,
  format: (text) => ["jpeg", "png"].find((format) => format === text),
  garbage: flag,
  "no-image": flag,
  pad: whole,
  size: readSize,
  truncate: flag,
  unwrapped: flag,
  url: (text) => (/^https?:\/\/\S+$/.test(text) && URL.canParse(text) ? text : undefined),
};

const ONLY_FOR_URL_MODELS = ["unwrapped", "url"];
const WITHOUT_EFFECT_BESIDE_URL = ["empty", "format", "garbage", "no-image", "pad", "size", "truncate"];

function refuse(names, found, reason) {
  const name = names.find((name) => name in found);
  if (name) throw standInError(`[stand-in ${name}] has no effect ${reason}`);
}

/**
 * Reads the directives in the prompt of a request, such as `[stand-in delay 500]`: an object of
 * directive name to value, without those limited to another seed. Throws for unknown directives and
 * for those without effect, because a misspelt directive would make a test pass for the wrong reason.
 */
export function readDirectives({ prompt, seed, output }) {
  const found = {};
  for (const [written, text, end] of prompt.matchAll(/\[stand-in\b([^\]]*)(\]?)/g)) {
    const [, name, argument, onSeed] =
      /^ ([a-z-]+)(?: (.+?))??(?: on seed (-?\d+))?$/.exec(text) ?? [];
    const value = end && Object.hasOwn(ARGUMENTS, name) ? ARGUMENTS[name](argument ?? "") : undefined;
    if (value === undefined) {
      throw standInError(`"${written}" is not a directive; stand-in/README.md lists them all`);
    }
    if (onSeed !== undefined && seed === undefined) {
      throw standInError(`${written} has no effect: the model takes no seed`);
    }
    if (onSeed === undefined || Number(onSeed) === seed) found[name] = value;
  }
  if (output.as !== "url") refuse(ONLY_FOR_URL_MODELS, found, "on a model that does not return a URL");
  if (found.url) refuse(WITHOUT_EFFECT_BESIDE_URL, found, "together with [stand-in url]");
  return found;
}

import { standInError } from "./errors.js";
import { chosenBy } from "./models.js";

const MEGAPIXEL = 2 ** 20;
const STEP = 16;
const LONGEST_SIDE = 2048;

/** Parses `WIDTHxHEIGHT`, up to 9999 each; undefined for other text. */
export const readSize = (text) => /^([1-9]\d{0,3})x([1-9]\d{0,3})$/.exec(text)?.slice(1).map(Number);

/** Returns a size of about a megapixel, or with the given longer side. */
function sizeOfRatio(ratio, longerSide) {
  const [width, height] = ratio.split(":").map(Number);
  const scale = longerSide ? longerSide / Math.max(width, height) : Math.sqrt(MEGAPIXEL / (width * height));
  return [width, height].map((side) => Math.round((side * scale) / STEP) * STEP);
}

/** Returns the size in pixels of the image that a model makes for these fields and input images. */
export function sizeFor(model, fields, images) {
  const { size, aspect_ratio: ratio = "1:1", width, height } = fields;
  if (size !== undefined) {
    const sides = readSize(size);
    if (sides && Math.max(...sides) <= LONGEST_SIDE) return sides;
    throw standInError(`upstream does not document the size '${size}': send WIDTHxHEIGHT, up to ${LONGEST_SIDE}`);
  }
  if ("aspect_ratio" in model.schema.properties) {
    return sizeOfRatio(ratio === "auto" ? "1:1" : ratio, chosenBy(model.longerSideBy, fields));
  }
  const input = model.sizeOfInput && images.find(({ name }) => name !== "mask");
  const [usualWidth, usualHeight] = input ? [input.width, input.height] : model.size;
  return [width || usualWidth, height || usualHeight];
}

import { HOSTED } from "./hosted.js";
import { PROXIED } from "./proxied.js";

/**
 * Every model that the stand-in plays, by its id. A row holds:
 * - `schema`: what the model takes, in JSON Schema's words; a property whose schema is `false` is
 *   refused. What is not JSON Schema: `exclusive` lists pairs of fields of which upstream does not
 *   say which one wins, `only` the values to which it does say what it answers. `image` marks an
 *   input image and lists its forms: "bytes", "base64", "data" for a data: URI, "http" for a URL;
 *   `maxSide` is the longest side in pixels that it may have.
 * - `multipart`: whether that is sent as a form instead of JSON.
 * - `output`: the image's `format`, and whether it comes `as` "base64", as in `{image: base64}`, as
 *   a byte "stream" or as a "url". `formatBy` is the field that asks for a format and what it gets.
 * - `size`: width and height in pixels of an image whose size was not asked for.
 * - `sizeOfInput`: whether an input image's own size goes before `size`.
 * - `longerSideBy`: the field that scales an aspect ratio, and the longer side that it gets.
 */
export const MODELS = new Map([...HOSTED, ...PROXIED]);

/** What a row's `[field, {value: result}]` says to the value that was sent; undefined if to none. */
export const chosenBy = ([field, results] = [], fields) => results?.[fields[field]];

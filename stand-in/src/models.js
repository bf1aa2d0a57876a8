import { HOSTED } from "./hosted.js";
import { PROXIED } from "./proxied.js";

/**
 * Every model of the stand-in, by id. A row has:
 * - `schema`: the JSON Schema of the inputs; a property whose schema is `false` is rejected. Some
 *   keys are not JSON Schema: `exclusive` lists pairs of fields for which upstream does not document
 *   which one wins, and `only` the values whose effect it documents. `image` marks an input image and
 *   lists its forms: "bytes", "base64", "data" for a data: URI, "http" for a URL; `maxSide` is its
 *   longest allowed side in pixels.
 * - `multipart`: whether the inputs are sent as a form instead of JSON.
 * - `output`: the image's `format`, and how it is returned: `as` "base64", as in `{image: base64}`,
 *   as a byte "stream" or as a "url". `formatBy` is the field that selects the format, with the
 *   format for each value.
 * - `size`: the default width and height in pixels.
 * - `sizeOfInput`: whether the default size is that of the input image instead.
 * - `longerSideBy`: the field that scales an aspect ratio, with the longer side for each value.
 */
export const MODELS = new Map([...HOSTED, ...PROXIED]);

/** Looks up the value of a field in a row's `[field, {value: result}]`; undefined if it has none. */
export const chosenBy = ([field, results] = [], fields) => results?.[fields[field]];

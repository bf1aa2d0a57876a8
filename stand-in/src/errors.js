/**
 * The errors that a caller of the AI binding gets. The name, message and own properties of an Error
 * survive the call between two Workers. Its class does not (callers get a plain `Error`), and the
 * runtime adds `remote: true`.
 */

// Codes and wording: developers.cloudflare.com/workers-ai/platform/errors/, except 3010, 3030 and
// 5006, which users have reported, and 5035, which the changelog of 2026-07-28 names.
const DESCRIPTIONS = new Map([
  [3003, "Request is missing headers or body"],
  [3006, "Request is too large"],
  [3007, "Request timeout"],
  [3008, "Request was aborted"],
  [3010, "Invalid or incomplete input for the model"],
  [3023, "Service unavailable for account"],
  [3030, "Input prompt contains NSFW content."],
  [3036, "You have used up your daily free allocation of 10,000 neurons, please upgrade to Cloudflare's Workers Paid plan if you would like to continue usage."],
  [3039, "Finetune is missing required files"],
  [3040, "Capacity temporarily exceeded, please try again."],
  [3041, "The account is not allowed to access this model"],
  [3042, "The model name is invalid"],
  [5004, "Invalid data type for base64 input"],
  [5005, "The model does not support LoRa inference"],
  [5006, "Error: required properties at '/' are 'prompt'"],
  [5007, "No such model or task"],
  [5016, "User needs to agree to the model's terms"],
  [5018, "The account is not allowed to access this model"],
  [5019, "Request trying to use deprecated SDK version"],
  [5035, "This model requires the Workers Paid plan"],
]);

/** The HTML error page of a gateway: the binding throws it if upstream's response is not JSON. */
export const HTML_PAGE =
  "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>" +
  "<body><h1>502 Bad Gateway</h1></body></html>\n";

const named = (name, message) => Object.assign(new Error(message), { name });
const fromUpstream = (message) => named("InferenceUpstreamError", message);

/** An error response of upstream, with its internal code and its description. */
export function upstreamError(code, description = DESCRIPTIONS.get(code)) {
  return fromUpstream(`${code}: ${description}`);
}

/** A violation of a model's input schema. */
export const schemaError = (message) => upstreamError(5006, `Error: ${message}`);

/** Upstream's error for an unusable image. The code was observed; the wording is not upstream's. */
export const unusable = (name, reason) =>
  upstreamError(3010, `Invalid or incomplete input for the model: file in ${name} ${reason}`);

/** A wrong use of the binding, which the binding rejects before it calls upstream. */
export const bindingError = (message) => named("AiInternalError", message);

/** A wrong use of this stand-in. Upstream has no such error. */
export const standInError = (message) => named("StandInError", `stand-in: ${message}`);

// The rate limit per minute has no documented code.
const NAMED_ERRORS = new Map([
  ["html", HTML_PAGE],
  ["nsfw-input", upstreamError(3030).message],
  ["nsfw-output", "3030: Your output has been flagged. Please choose another prompt / input image combination"],
  ["rate-limit", "429: Too many requests"],
]);

/** Returns the error for a code or a name in a directive; undefined if there is none. */
export function errorCalled(name) {
  const code = Number(name);
  if (DESCRIPTIONS.has(code)) return upstreamError(code);
  if (NAMED_ERRORS.has(name)) return fromUpstream(NAMED_ERRORS.get(name));
}

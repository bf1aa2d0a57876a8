import { schemaError, standInError } from "./errors.js";

/** Returns the JSON Schema types of a value after JSON.stringify. */
function typesOf(value) {
  if (value === null || (typeof value === "number" && !Number.isFinite(value))) return ["null"];
  if (typeof value === "number") return Number.isInteger(value) ? ["number", "integer"] : ["number"];
  if (Array.isArray(value)) return ["array"];
  // JSON has no byte arrays: outside a form, a byte array becomes an object of "0", "1", ...
  return value instanceof Uint8Array ? ["object", "file"] : [typeof value];
}

function check(schema, value, path) {
  if (schema.enum && !schema.enum.includes(value)) {
    throw schemaError(`enum ${value} not in ${schema.enum} at '${path}'`);
  }
  const types = typesOf(value);
  if (!types.includes(schema.type)) {
    const actual = types.map((type) => `'${type}'`).join(",");
    throw schemaError(`Type mismatch of '${path}', '${schema.type}' not in ${actual}`);
  }
  if (value.length < schema.minLength) {
    throw schemaError(`Length of '${path}' must be >= ${schema.minLength} not met`);
  }
  if (value.length > schema.maxLength) throw schemaError(`Length of '${path}' must be <= ${schema.maxLength}`);
  if (value < schema.minimum) throw schemaError(`'${path}' must be >= ${schema.minimum}`);
  if (value > schema.maximum) throw schemaError(`'${path}' must be <= ${schema.maximum}`);
  if (value.length < schema.minItems) throw schemaError(`Items of '${path}' must be >= ${schema.minItems}`);
  if (value.length > schema.maxItems) throw schemaError(`Items of '${path}' must be <= ${schema.maxItems}`);
  if (schema.items) value.forEach((item, index) => check(schema.items, item, `${path}/${index}`));
  if (schema.properties) validate(schema, value, path);
  if (schema.only && !schema.only.includes(value)) {
    throw standInError(`upstream does not document the value ${value} of '${path}': send ${schema.only}`);
  }
}

/**
 * Checks a call's inputs, or an object in them, against a schema and returns the known properties.
 * The order of the checks and the messages are those of github.com/cloudflare/cabidela, which
 * upstream uses. It does not count items, so that message is not upstream's.
 */
export function validate({ properties, required, additionalProperties, exclusive = [] }, inputs, path = "") {
  const sent = Object.keys(inputs).filter((name) => inputs[name] !== undefined);
  const known = {};
  for (const [name, schema] of Object.entries(properties)) {
    if (!sent.includes(name)) continue;
    if (schema === false) throw notAllowed([name], path);
    check(schema, inputs[name], `${path}/${name}`);
    known[name] = inputs[name];
  }
  const unknown = sent.filter((name) => !Object.hasOwn(properties, name));
  if (additionalProperties === false && unknown.length) throw notAllowed(unknown, path);
  if (!required.every((name) => name in known)) {
    throw schemaError(`required properties at '${path || "/"}' are '${required}'`);
  }
  for (const names of exclusive) {
    if (names.every((name) => name in known)) {
      throw standInError(`upstream does not document which of ${names.join(" and ")} wins: send only one`);
    }
  }
  return known;
}

function notAllowed(names, path) {
  const paths = names.map((name) => `${path}/${name}`).join(", ");
  return schemaError(`Additional or unevaluated properties '${paths}' at '${path || "/"}' not allowed`);
}

const NUMERAL = { integer: /^[+-]?\d+$/, number: /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i };

/** Converts a form's text fields to numbers where the schema requires numbers. */
export function numbersOfForm({ properties }, form) {
  const convert = ([name, value]) =>
    NUMERAL[properties[name]?.type]?.test(value) ? [name, Number(value)] : [name, value];
  return Object.fromEntries(Object.entries(form).map(convert));
}

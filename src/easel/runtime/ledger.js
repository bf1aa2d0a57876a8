/** The ledger's Durable Object, and the SQLite database in it. */

/** Ask the Durable Object of the ledger: the JSON that its `call` answers. */
export function callLedger(namespace, object, name, text) {
  return namespace.get(namespace.idFromName(object)).call(name, text);
}

/** The rows of a statement as JSON, each a list; `values` is JSON of what its marks stand for. */
export function query(sql, statement, values) {
  return JSON.stringify([...sql.exec(statement, ...JSON.parse(values)).raw()]);
}

/** Run statements, JSON of `[statement, values]` each. */
export function run(sql, statements) {
  for (const [statement, values] of JSON.parse(statements)) sql.exec(statement, ...values);
}

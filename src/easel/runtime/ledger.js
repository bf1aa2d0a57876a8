/** Call the ledger's Durable Object, and query the SQLite database in it. */

/** Call a method of the ledger; `text` and the result are JSON. */
export function callLedger(namespace, object, name, text) {
  return namespace.get(namespace.idFromName(object)).call(name, text);
}

/** The rows of a statement as JSON, each a list; `values` is a JSON list of its parameters. */
export function query(sql, statement, values) {
  return JSON.stringify([...sql.exec(statement, ...JSON.parse(values)).raw()]);
}

/** Run statements, JSON of `[statement, values]` each. */
export function run(sql, statements) {
  for (const [statement, values] of JSON.parse(statements)) sql.exec(statement, ...values);
}

"""The ledger: requests, budgets, usage and images, as functions on a SQLite database.

The database is in one Durable Object, which runs calls one after another: budgets are exact, and a
request begins only once. `runtime` runs these functions in the object, tests run them in memory.
https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/
"""

"""What the owner's gateway remembers: who asked for what, what it cost, which images there are.

It is one SQLite database, in one Durable Object: whatever is asked of it at the same time happens
one after another, so budgets are exact and a request is begun once. Here is what the database
does; `runtime` puts it into the object, and tests into memory.
https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/
"""

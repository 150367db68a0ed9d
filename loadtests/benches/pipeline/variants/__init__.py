"""One module per pipeline: `prepare`, `produce` and `work`, as `loadtests.benches.pipeline.role` asks for them."""

PREFETCH = 32
"""Messages a worker may hold; as many jobs are under way at once where a pipeline is asynchronous."""

CONNECTIONS = 10
"""To PostgreSQL in each asynchronous worker: asyncpg's own default."""

WINDOW = 200
"""Unconfirmed messages of an asynchronous producer."""

QUEUE = "extracts"

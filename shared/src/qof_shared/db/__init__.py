"""PostgreSQL, done once: engine, unit of work, outbox, inbox, migrations."""

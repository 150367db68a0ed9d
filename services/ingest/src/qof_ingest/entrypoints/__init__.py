"""The ways into ingest: HTTP for suppliers, queues for what became of their extracts."""

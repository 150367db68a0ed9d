"""What ingest does: receive extracts, record what became of them, record the directory, tell suppliers."""

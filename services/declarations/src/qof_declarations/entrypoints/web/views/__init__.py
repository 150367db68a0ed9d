"""What templates are given: small frozen views, made from documents and standings by pure functions."""

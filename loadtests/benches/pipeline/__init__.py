"""How does our pipeline compare with the usual ones, when every one of them does the same job?

The job: take one `extract.accepted.v1` from a queue, calculate its points with the calculator's own function, store
the result in PostgreSQL, acknowledge after the commit. Decoding, calculating, encoding and the table are the same
everywhere; what differs is the pipeline around them.
"""

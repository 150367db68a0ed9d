"""PostgreSQL and files, as the handlers' ports want them."""

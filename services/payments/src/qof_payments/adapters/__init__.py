"""How payments reaches its database and its parameters."""

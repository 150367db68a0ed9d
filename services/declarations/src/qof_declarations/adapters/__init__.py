"""How the ports are kept: PostgreSQL."""

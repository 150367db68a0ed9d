"""Where messages and requests enter payments."""

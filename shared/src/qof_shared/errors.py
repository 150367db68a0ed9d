"""What a handler may say about its own failure."""


class PermanentError(Exception):
    """Trying again cannot help: the message goes to the dead-letter queue at once, with this reason."""

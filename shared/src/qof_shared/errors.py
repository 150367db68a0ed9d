"""What may a failure say of itself? What a handler says of its own, and a process that was set up wrongly."""


class PermanentError(Exception):
    """Trying again cannot help: the message goes to the dead-letter queue at once, with this reason."""


class SetupError(Exception):
    """A process was set up wrongly. Its text is for whoever runs the process, and holds nothing that anybody sent: it
    is the one kind of error whose text is logged."""

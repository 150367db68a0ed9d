"""Why a request is refused: each error carries one sentence for the person who asked."""


class DeclarationsError(Exception):
    """Base of every refusal; its text is a sentence that says what is wrong and how to go on."""


class NotFoundError(DeclarationsError):
    """There is no such thing, or it lies outside the person's scope: the answer is the same on purpose."""


class InvalidFiguresError(ValueError):
    """Figures came that cannot be a report: trying again will not help."""

"""Marks texts that are translated later, where the reader's language is known."""


def N_(message: str) -> str:
    """The message itself; the catalogue collects it."""
    return message

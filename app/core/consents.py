"""What a person is asked to agree to, as data: one document a purpose, each with its version."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ConsentDocument:
    """The version changes with every fact in the text, so an old yes never covers a new promise."""

    purpose: str
    version: str
    title: str
    paragraphs: list[str]
    required: bool


def paragraphs_of(text: str) -> list[str]:
    """Split a text at its empty lines; line breaks within a paragraph are only for the editor."""
    return [part.replace("\n", "") for part in text.strip().split("\n\n")]

"""What pages call things: the Chinese word, icon and colour token of every coded value.

Each domain keeps its own in `<domain>/words.py`; they are merged when the application starts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Mark(NamedTuple):
    """A state as a person sees it: never colour alone. `token` is one of app.css's colours."""

    icon: str
    word: str
    token: str


@dataclass(frozen=True)
class Words:
    """`words` and `marks` by kind ("verdict") and code ("observed")."""

    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    marks: Mapping[str, Mapping[str, Mark]] = field(default_factory=dict)


def merge(parts: Iterable[Words]) -> Words:
    """Several domains may extend one kind; the same code twice is a ValueError at start."""
    every = list(parts)
    return Words(_merged(p.words for p in every), _merged(p.marks for p in every))


def _merged(parts: Iterable[Mapping[str, Mapping[str, T]]]) -> dict[str, dict[str, T]]:
    merged: dict[str, dict[str, T]] = {}
    for part in parts:
        for kind, codes in part.items():
            of_kind = merged.setdefault(kind, {})
            if twice := of_kind.keys() & codes.keys():
                raise ValueError(f"words of {kind} declared twice: {sorted(twice)}")
            of_kind.update(codes)
    return merged

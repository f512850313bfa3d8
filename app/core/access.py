"""Who may call a route, declared in its signature and nowhere else."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from fastapi import Depends
from typing_extensions import override


@dataclass(frozen=True)
class Access(ABC):
    """A dependency that returns the typed actor or refuses with 401 / 403.

    How an actor of these roles is known is the subclass's: it asks FastAPI for what it needs and no
    more, since each dependency costs time on every request.
    """

    roles: frozenset[str]

    @abstractmethod
    async def __call__(self, *asked: Any, **named: Any) -> Any: ...


@dataclass(frozen=True)
class Public(Access):
    @override
    async def __call__(self) -> None:
        return None


PUBLIC = Depends(Public(frozenset()))

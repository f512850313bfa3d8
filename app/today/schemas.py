"""What is due for this patient now."""

from collections.abc import Sequence
from datetime import date, datetime
from types import GenericAlias
from typing import Annotated, Any, Union

from pydantic import BaseModel, Field, create_model

from app.core.ranks import RankedItem


class Today(BaseModel):
    """The patient's day and zone, and this moment on the server's clock."""

    on: date
    zone: str
    now: datetime


def today_read(kinds: Sequence[type[RankedItem]]) -> type[Today]:
    """Make `TodayRead`: a Today with `items` of these kinds, told apart by their field `kind`."""
    items: Any = (GenericAlias(list, _one_of(kinds)), ...)
    return create_model("TodayRead", __base__=Today, items=items)


def _one_of(kinds: Sequence[type[RankedItem]]) -> Any:
    if len(kinds) == 1:
        return kinds[0]
    return Annotated[Union[tuple(kinds)], Field(discriminator="kind")]  # noqa: UP007 made at run time

"""What comes in and goes out about cups."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.ranks import RankedItem
from app.core.schemas import Input


class CupsCreate(Input):
    cups: int = Field(ge=1, le=20)


class CupsRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    on: date
    cups: int


class CupsItem(RankedItem):
    """A card of 今日."""

    kind: Literal["toy_cups"]
    cups: int

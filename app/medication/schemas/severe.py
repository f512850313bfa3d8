"""What a clinician decides about a severe symptom."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from app.core.forms import Key
from app.core.schemas import Note


class SevereForm(BaseModel):
    """`seen`: the newest answer that the page showed; a newer one must be read first."""

    seen: UUID | None = None
    note: Note
    come_in: Literal["yes"] | None = None
    key: Key


class SevereDecision(BaseModel):
    """`until` names every stopped treatment: the last day of its hold, None to go on at once."""

    seen: UUID | None
    until: dict[UUID, date | None]
    note: str
    come_in: bool

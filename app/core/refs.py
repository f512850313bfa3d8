"""How a room points at a sister's thing without importing it: feature, kind, id."""

from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True)
class Ref:
    """One row of a feature, as other features, alerts and phones name it."""

    feature: str
    kind: str
    id: UUID


class RefRead(BaseModel):
    """A `Ref` in JSON, both as it comes in and as it goes out."""

    model_config = ConfigDict(from_attributes=True, extra="forbid", frozen=True)

    feature: str
    kind: str
    id: UUID

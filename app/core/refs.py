"""How a room points at a sister's thing without importing it: feature, kind, id."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.problems import Problem


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


class Described(NamedTuple):
    """What a person reads of a thing: its title, its state in words, its address on the PC."""

    title: str
    state: str | None
    address: str | None


# A feature's own: describe its things of this patient; what is unknown or another's is left out.
Describe = Callable[[AsyncSession, UUID, Collection[Ref]], Awaitable[Mapping[Ref, Described]]]


class RefUnknown(Problem):
    type, title, status = "ref-unknown", "提到的内容找不到，请重新选择。", 422


async def describe_known(
    describers: Mapping[str, Describe],
    session: AsyncSession,
    patient_id: UUID,
    refs: Collection[Ref],
) -> dict[Ref, Described]:
    """Describe what is known of this patient, one call a feature; the rest is left out."""
    described: dict[Ref, Described] = {}
    for feature in sorted({ref.feature for ref in refs} & describers.keys()):
        own = [ref for ref in refs if ref.feature == feature]
        described |= await describers[feature](session, patient_id, own)
    return described


async def describe(
    describers: Mapping[str, Describe],
    session: AsyncSession,
    patient_id: UUID,
    refs: Collection[Ref],
) -> dict[Ref, Described]:
    """As `describe_known`; an unknown or another patient's thing is a RefUnknown (422)."""
    described = await describe_known(describers, session, patient_id, refs)
    if missing := [ref for ref in refs if ref not in described]:
        raise RefUnknown(refs=[f"{r.feature}/{r.kind}/{r.id}" for r in missing])
    return described

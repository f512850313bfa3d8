"""Whether a record about to be made may be a second one of somebody: asked, never decided.

Told only of records that the actor reaches and would find by searching. Two people who enter the
same person at once wait for each other, so that the later one is asked.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.db import take_turn
from app.core.normal_forms import searched_name
from app.core.problems import Problem
from app.patients.births import same_birth
from app.patients.models import BirthPrecision, DocumentKind, Patient
from app.patients.queries.twins import MOST, likely_twins
from app.patients.search import whole_name_key, whole_phone_key


class LikelyTwins(Problem):
    """`patient_ids` are those that were not yet said to be others; at most MOST of them."""

    type, status = "likely-twins", 409
    title = "可能已经建过档：请先看下面的档案，是同一个人就打开它，不是就勾选“仍然新建”再建档。"

    def __init__(self, patient_ids: list[UUID]) -> None:
        super().__init__(patient_ids=[str(patient_id) for patient_id in patient_ids])
        self.patient_ids = patient_ids


@dataclass(frozen=True)
class Sought:
    """What is compared of the record to be made."""

    name: str
    phone: str
    birth_on: date
    birth_precision: BirthPrecision
    document_kind: DocumentKind
    id_number: str | None


async def refuse_likely_twins(
    session: AsyncSession, actor: StaffActor, sought: Sought, known_ids: Collection[UUID]
) -> None:
    """Refuse with LikelyTwins where a record beside `known_ids` may be the same person's."""
    await _wait_for_others(session, sought)
    found = await likely_twins(session, actor, sought.name, sought.phone, sought.birth_on.year)
    new_ids = [p.id for p in found if _may_be_same(sought, p) and p.id not in known_ids]
    if new_ids:
        raise LikelyTwins(new_ids[:MOST])


async def _wait_for_others(session: AsyncSession, sought: Sought) -> None:
    """Wait for whoever makes a record of this name or phone now, to the end of its transaction."""
    for key in sorted([whole_name_key(sought.name), whole_phone_key(sought.phone)]):
        await take_turn(session, f"patient:{key}")


def _may_be_same(sought: Sought, other: Patient) -> bool:
    """Two numbers of one kind of document are two persons, whatever else is equal."""
    same_kind = sought.document_kind is other.document_kind
    if sought.id_number is not None and other.id_number is not None and same_kind:
        return False  # equal ones were refused before
    same_phone = whole_phone_key(sought.phone) in other.search_keys  # the own or the guardian's
    return same_phone or (
        searched_name(other.name) == searched_name(sought.name) and same_birth(sought, other)
    )

"""References: each feature describes its own things, of this patient only."""

from collections.abc import Collection
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import uuid7
from app.core.refs import Described, Ref, RefUnknown, describe, describe_known

NO_SESSION = cast("AsyncSession", None)
PATIENT, FILM, OTHER = uuid7(), uuid7(), uuid7()
asked: list[Collection[Ref]] = []


async def _films(_: AsyncSession, patient_id: UUID, refs: Collection[Ref]) -> dict[Ref, Described]:
    asked.append(refs)
    own = [ref for ref in refs if patient_id == PATIENT and ref.id == FILM]
    return {ref: Described("一段视频", None, None) for ref in own}


DESCRIBERS = {"films": _films}
KNOWN, FOREIGN = Ref("films", "film", FILM), Ref("films", "film", OTHER)
NOBODYS = Ref("poems", "poem", FILM)


async def test_what_is_unknown_or_another_s_is_left_out() -> None:
    asked.clear()

    known = await describe_known(DESCRIBERS, NO_SESSION, PATIENT, [KNOWN, FOREIGN, NOBODYS])

    assert list(known) == [KNOWN]
    assert asked == [[KNOWN, FOREIGN]]


@pytest.mark.parametrize("ref", [FOREIGN, NOBODYS])
async def test_who_points_at_it_is_refused(ref: Ref) -> None:
    with pytest.raises(RefUnknown) as refused:
        await describe(DESCRIBERS, NO_SESSION, PATIENT, [KNOWN, ref])

    assert refused.value.facts["refs"] == [f"{ref.feature}/{ref.kind}/{ref.id}"]


async def test_nobody_is_asked_about_nothing() -> None:
    asked.clear()

    assert await describe(DESCRIBERS, NO_SESSION, PATIENT, []) == {}
    assert asked == []

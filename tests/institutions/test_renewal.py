"""Names of staff, teams and places of before get the forms in which they are written now."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessionmaker
from app.institutions.models import Institution, StaffMember, Team
from app.institutions.service import renewal
from app.institutions.service.renewal import renew_names
from tests.institutions.factories import make_institution, make_staff, make_team

OLD_NAME, NEW_NAME = "热依汗・吐尔逊\u200b", "热依汗·吐尔逊"


async def names_of(session: AsyncSession, *rows: Institution | Team | StaffMember) -> list[str]:
    for row in rows:
        await session.refresh(row)
    return [row.name for row in rows]


async def test_old_names_and_phones_get_the_form_of_now_and_others_stay(
    session: AsyncSession, sessions: Sessionmaker
) -> None:
    place = await make_institution(
        session, name="青山镇\uff08东\uff09卫生院", phone="023\u201368001234", on_call_phone=None
    )
    team = await make_team(session, institution=place, name="  第一\u3000团队")
    doctor = await make_staff(session, team=team, name=OLD_NAME)
    neighbour = await make_staff(session, team=team, name="张敏")
    await session.commit()

    first, second = await renew_names(sessions), await renew_names(sessions)

    assert await names_of(session, place, team, doctor, neighbour) == [
        "青山镇(东)卫生院", "第一 团队", NEW_NAME, "张敏",
    ]  # fmt: skip
    assert (place.phone, place.on_call_phone) == ("02368001234", None)
    assert (place.version, team.version) == (1, 1)  # nobody's form is stale for it
    assert (first, second) == (3, 0)


async def test_more_than_one_batch_is_renewed_also_at_its_exact_end(
    session: AsyncSession, sessions: Sessionmaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "BATCH", 2)
    team = await make_team(session)
    staff = [await make_staff(session, team=team, name=OLD_NAME) for _ in range(4)]
    await session.commit()

    assert await renew_names(sessions) == 4

    assert await names_of(session, *staff) == [NEW_NAME] * 4


async def test_a_name_of_nothing_stays(session: AsyncSession, sessions: Sessionmaker) -> None:
    blank = await make_team(session, name="\u200b")
    await session.commit()

    assert await renew_names(sessions) == 0

    assert await names_of(session, blank) == ["\u200b"]


async def test_what_somebody_changed_meanwhile_is_not_overwritten(
    session: AsyncSession, sessions: Sessionmaker
) -> None:
    doctor = await make_staff(session, name=OLD_NAME)
    doctor.name = "张敏"
    await session.commit()

    await renewal._write(  # noqa: SLF001  # read before the change
        sessions, StaffMember, doctor.id, {"name": OLD_NAME}, {"name": NEW_NAME}
    )

    assert await names_of(session, doctor) == ["张敏"]

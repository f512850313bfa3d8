"""The list of a team's members is set as a whole: not over another's that came in between."""

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.institutions.models import Institution, StaffMember, TeamMember
from tests.institutions.factories import confirm_all, make_staff, make_team
from tests.institutions.test_admin import (  # noqa: F401 fixtures
    ADMIN,
    admin,
    chief,
    home,
    operator,
)


async def test_a_list_of_members_made_out_before_another_is_refused(
    admin: httpx.AsyncClient,  # noqa: F811
    session: AsyncSession,
    home: Institution,  # noqa: F811
    chief: StaffMember,  # noqa: F811
) -> None:
    team, beside = [await make_team(session, institution=home, name=n) for n in "一二"]
    one, two = [await make_staff(session, team=team) for _ in range(2)]
    address = f"{ADMIN}/teams/{team.id}/members"
    newcomer = await make_staff(session, institution=home)
    everybody = [str(one.id), str(two.id), str(newcomer.id)]
    await admin.put(address, json={"staff_ids": everybody, "version": 1})
    await confirm_all(session, chief)

    stale = await admin.put(address, json={"staff_ids": [str(one.id)], "version": 1})

    assert (stale.status_code, stale.json()["type"], stale.json()["version"]) == (
        409,
        "conflict",
        3,
    )
    members = await session.scalars(select(TeamMember.staff_id))
    assert set(members) == {one.id, two.id, newcomer.id}
    again = await admin.put(address, json={"staff_ids": [str(one.id)], "version": 3})
    assert len(again.json()["removed"]) == 2
    await session.refresh(beside)
    assert beside.version == 1

"""A place where changes of access are asked for, and the words of a second person."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, StaffAccount
from app.institutions.models import (
    AccessChange,
    AccessChangeState,
    Institution,
    StaffMember,
    Tier,
)
from tests.accounts.factories import staff_client
from tests.institutions.factories import (
    make_institution,
    make_staff,
    make_team,
)

ADMIN, PAGE = "/api/admin", "/staff/confirmations"
ASKED = "/staff/asked-changes"
DAY = timedelta(days=1)


class Place:
    """A district above a township, each with an operator; supervisors come where a test wants."""

    def __init__(self, app: FastAPI, session: AsyncSession) -> None:
        self.app, self.session = app, session

    async def build(self) -> "Place":
        make = self.session
        self.top = await make_institution(make, tier=Tier.DISTRICT_HOSPITAL, name="区医院")
        self.home = await make_institution(make, parent=self.top, name="竹溪镇卫生院")
        self.team = await make_team(make, institution=self.home, name="竹溪团队")
        self.doctor = await make_staff(make, team=self.team, name="李秀英")
        self.upper = await make_staff(make, institution=self.top, roles=[Role.OPERATOR])
        self.operator = await make_staff(
            make, institution=self.home, roles=[Role.OPERATOR], name="邓丽"
        )
        return self

    async def chief(self, home: Institution | None = None) -> StaffMember:
        return await make_staff(
            self.session, institution=home or self.home, roles=[Role.SUPERVISOR], name="周督导"
        )

    async def as_(self, who: StaffMember) -> httpx.AsyncClient:
        return await staff_client(self.app, self.session, who.id)

    async def renew(self, who: StaffMember) -> dict[str, Any]:
        answer = await (await self.as_(self.operator)).post(f"{ADMIN}/staff/{who.id}/credentials")
        assert answer.status_code == 202, answer.text
        asked: dict[str, Any] = answer.json()["asked"]
        return asked

    async def confirm(self, who: StaffMember, change_id: str) -> httpx.Response:
        return await (await self.as_(who)).post(f"{PAGE}/{change_id}/confirm")

    async def state(self, change_id: str) -> AccessChangeState:
        row = await self.session.get_one(AccessChange, UUID(change_id), populate_existing=True)
        return row.state


async def account_of(session: AsyncSession, staff: StaffMember) -> StaffAccount:
    return await session.get_one(StaffAccount, staff.id, populate_existing=True)


def names(asked: dict[str, Any]) -> list[str]:
    return [one["staff_id"] for one in asked["confirmers"]]

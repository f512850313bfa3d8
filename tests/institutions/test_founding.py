"""The first operator of an empty system."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import StaffAccount
from app.found import AlreadyFounded, found
from app.institutions.models import Institution, StaffMember, Tier
from tests.accounts.factories import HANDED_OUT

PLACE = ("区医院", Tier.DISTRICT_HOSPITAL)


async def test_first_operator_can_log_in_with_the_handover(session: AsyncSession) -> None:
    made = await found(session, HANDED_OUT, *PLACE, "admin", "张敏")

    account = await session.get_one(StaffAccount, made.staff_id)
    member = await session.get_one(StaffMember, made.staff_id)
    assert account.roles == ["operator"]
    assert account.must_change_password
    assert member.name == "张敏"
    assert made.otpauth_uri.startswith("otpauth://totp/")


async def test_first_institution_is_published_with_its_phone(session: AsyncSession) -> None:
    made = await found(session, HANDED_OUT, *PLACE, "admin", "张敏", "02368001234")

    member = await session.get_one(StaffMember, made.staff_id)
    home = await session.get_one(Institution, member.institution_id)
    assert (home.name, home.phone, home.parent_id) == ("区医院", "02368001234", None)


async def test_founding_works_once(session: AsyncSession) -> None:
    await found(session, HANDED_OUT, *PLACE, "admin", "张敏")

    with pytest.raises(AlreadyFounded):
        await found(session, HANDED_OUT, "又一家", Tier.DISTRICT_HOSPITAL, "admin2", "李敏")

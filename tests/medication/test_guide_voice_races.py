"""Two at once at the spoken words of one step: one form, and one recording that is played."""

from functools import partial
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.core.db import Sessionmaker
from app.institutions.models import Institution
from app.media.sound import KeptSound
from app.medication.models import GuideVoice, VoiceState, VoiceStep
from app.medication.service import guide_voices as service
from tests.accounts.factories import actor_of
from tests.institutions.factories import make_institution, make_staff
from tests.racing import together

pytestmark = pytest.mark.usefixtures("noon")


async def test_two_operators_at_once_leave_one_form_for_each_step(
    committed_database: Sessionmaker, app: FastAPI
) -> None:
    async with committed_database.begin() as session:
        place = await make_institution(session)
        operators = [
            await make_staff(session, institution=place, roles=[Role.OPERATOR]) for _ in range(2)
        ]
        beside = await make_institution(session)
        stays = await make_staff(session, institution=beside, roles=[Role.OPERATOR])
        await _announce(session, app, stays.id, beside.id)

    ended = await together(
        committed_database,
        *(partial(_announce, app=app, staff_id=o.id, place_id=place.id) for o in operators),
    )

    async with committed_database() as session:
        rows = await session.execute(
            select(GuideVoice.institution_id, GuideVoice.state).order_by(GuideVoice.id)
        )
        found = sorted((place_id == place.id, state.value) for place_id, state in rows)
    assert ended == ["ok", "ok"]
    assert found == [(False, "requested"), (True, "removed"), (True, "requested")]


async def _announce(session: AsyncSession, app: FastAPI, staff_id: UUID, place_id: UUID) -> UUID:
    place = await session.get_one(Institution, place_id)
    settings, actor = app.state.settings, actor_of(staff_id)
    voice = await service.announce(session, settings, actor, place, VoiceStep.PALM, "audio/wav", 10)
    return voice.id


async def test_of_two_recordings_ready_at_once_one_is_played(
    committed_database: Sessionmaker, app: FastAPI
) -> None:
    async with committed_database.begin() as session:
        place = await make_institution(session)
        operator = await make_staff(session, institution=place, roles=[Role.OPERATOR])
        made = []
        for _ in range(2):
            made.append(await _announce(session, app, operator.id, place.id))
            voice = await session.get_one(GuideVoice, made[-1])
            voice.state = VoiceState.UPLOADED
            await session.flush()

    async def keep(session: AsyncSession, voice_id: UUID) -> None:
        kept = KeptSound(f"guide-voices/{voice_id}/sound.m4a", 2000, 10)
        await service.keep(session, voice_id, kept)

    ended = await together(
        committed_database, lambda s: keep(s, made[0]), lambda s: keep(s, made[1])
    )

    async with committed_database() as session:
        states = list(await session.scalars(select(GuideVoice.state)))
    assert ended == ["ok", "ok"]
    assert sorted(states) == ["ready", "removed"]
